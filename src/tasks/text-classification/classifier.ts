import type { Tensor } from '../../graph/index.ts';
import { itemAt } from '../../io/item-at.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import type { RowProgram } from '../model/queued-program.ts';
import { type TextRow, textFeeds } from '../model/text-batch.ts';
import type { RowTask } from '../run/row-task.ts';
import type { LabelledRow, LabelledSet } from './data.ts';
import { classificationProblems } from './problems.ts';

type Setup = Pick<ModelSetup<'sequence-classification'>, 'model' | 'tokens'>;

/** A classifier over texts: the logits of each, [N]. */
export function classifierProgram(setup: Setup): RowProgram<TextRow, Float32Array, { readonly logits: Tensor }> {
  const { model } = setup;
  const labels = model.labels.length;
  return {
    name: 'the classifier',
    outputs: (root) => ({ logits: model.logits(root, model.run(root, graphInputs(model.inputs))) }),
    feeds: (rows) => textFeeds(rows, setup),
    results({ logits }, rows) {
      const data = logits.data as Float32Array;
      return rows.map((_, row) => data.slice(row * labels, (row + 1) * labels));
    },
  };
}

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
