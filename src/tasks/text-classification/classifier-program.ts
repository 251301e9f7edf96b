import type { Tensor } from '../../graph/index.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import type { RowProgram } from '../model/row-program.ts';
import { type TextRow, textFeeds } from '../model/text-batch.ts';
import { classProgram } from './class-program.ts';

type Setup = Pick<ModelSetup<'sequence-classification'>, 'model' | 'tokens'>;

/** A classifier over texts: the logits of each, [N]. */
export const classifierProgram = (setup: Setup): RowProgram<TextRow, Float32Array, { readonly logits: Tensor }> =>
  classProgram(setup.model, (rows) => textFeeds(rows, setup));
