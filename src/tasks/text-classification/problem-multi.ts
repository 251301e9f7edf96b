import { readMultiLabelledText } from '../../data/read/labelled.ts';
import { itemAt } from '../../io/item-at.ts';
import { multiLabelScores } from '../../measure/classes/classification.ts';
import { labelCounts, labelIds, sortedLabels } from './label.ts';
import { labelScores, likelyLabels } from './label-score.ts';
import type { ClassificationProblem } from './problem.ts';

/** log(1 + eˣ) */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Every text has any number of labels, independent of each other. */
export const multiLabel: ClassificationProblem = {
  read: (root, entry, { label_separator, ...options }) =>
    readMultiLabelledText(root, { ...entry, label_separator }, options),
  names: ({ labels }) => sortedLabels(labels),
  targets: labelIds,
  feed: (targets, labels) => {
    const data = new Float32Array(targets.length * labels);
    targets.forEach((ids, row) => {
      for (const id of ids) data[row * labels + id] = 1;
    });
    return { type: 'float32', shape: [targets.length, labels], data };
  },
  loss: (logits, ids) =>
    logits.reduce((sum, logit, id) => sum + softplus(ids.includes(id) ? -logit : logit), 0) / logits.length,
  shown: (scores) => {
    const { found, ...note } = likelyLabels(scores);
    return { text: found.map(({ label }) => label).join(','), json: found, ...note };
  },
  metrics: ['exact_match', 'f1', 'f1_micro', 'f1_weighted'],
  lowerIsBetter: [],
  scores(logits, targets, names) {
    const predicted = logits.map((row) =>
      likelyLabels(labelScores(row, names, 'multi_label_classification')).found.map(({ label }) => label),
    );
    const right = targets.map((ids) => ids.map((id) => itemAt(names, id, 'a label')));
    const { exactMatch, macro, micro, weighted } = multiLabelScores(predicted, right, names);
    return { exact_match: exactMatch, f1: macro.f1, f1_micro: micro.f1, f1_weighted: weighted.f1 };
  },
  balancedWeights: (targets, labels) =>
    labelCounts(targets, labels).map((count) => (targets.length - count) / Math.max(count, 1)),
};
