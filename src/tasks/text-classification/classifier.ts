import { itemAt } from '../../io/item-at.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { textFeeds } from '../model/text-batch.ts';
import type { RowTask } from '../run/row-task.ts';
import { classifierProgram } from './classifier-program.ts';
import type { LabelledRow, LabelledSet } from './data.ts';
import { classificationProblems } from './problems.ts';

type Setup = Pick<ModelSetup<'sequence-classification'>, 'model' | 'tokens'>;

/** A classifier over texts with labels. Its loss is the mean over texts, without smoothing or weights. */
export function classifierTask(setup: Setup): RowTask<LabelledRow, Float32Array, LabelledSet> {
  const { labels, problemType } = setup.model;
  const problem = classificationProblems[problemType];
  return {
    ...classifierProgram(setup),
    batch(rows) {
      const targets = rows.map(({ target }) => target);
      const feeds = { ...textFeeds(rows, setup), labels: problem.feed(targets, labels.length) };
      return { counts: { labels: rows.length }, feeds };
    },
    digested: ({ ids, typeIds = [], target }) => ({ ids: Int32Array.of(...ids, ...typeIds), targets: target }),
    scores({ rows }, logits) {
      const targets = rows.map(({ target }) => target);
      const total = logits.reduce((sum, row, i) => sum + problem.loss(row, itemAt(targets, i, 'a text')), 0);
      return { loss: total / logits.length, ...problem.scores(logits, targets, labels) };
    },
  };
}
