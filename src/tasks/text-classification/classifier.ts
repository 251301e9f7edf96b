import type { ModelSetup } from '../../models/families/setup.ts';
import { textFeeds } from '../model/text-batch.ts';
import type { RowTask } from '../run/row-task.ts';
import { classTask } from './class-task.ts';
import type { LabelledRow, LabelledSet } from './data.ts';

type Setup = Pick<ModelSetup<'sequence-classification'>, 'model' | 'tokens'>;

/** A classifier over texts with labels. */
export const classifierTask = (setup: Setup): RowTask<LabelledRow, Float32Array, LabelledSet> =>
  classTask<LabelledRow>(setup.model, {
    feeds: (rows) => textFeeds(rows, setup),
    identified: ({ ids, typeIds = [] }) => Int32Array.of(...ids, ...typeIds),
  });
