import { readLabelledText } from '../../data/read/labelled.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import { calibration } from '../../measure/classes/calibration.ts';
import { classificationScores } from '../../measure/classes/classification.ts';
import { labelCounts, labelIds, sortedLabels } from './label.ts';
import { labelScores } from './label-score.ts';
import type { ClassificationProblem, Target } from './problem.ts';

const idOf = (target: Target): number => firstOf(target, 'a label');

const logSumExp = (values: Float32Array): number => {
  const most = values.reduce((a, b) => Math.max(a, b));
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
};

/** Every text has exactly one label. */
export const singleLabel: ClassificationProblem = {
  async read(root, entry, options) {
    const { labels, ...rest } = await readLabelledText(root, entry, options);
    return { ...rest, labels: labels.map((label) => [label]) };
  },
  names: ({ labels }) => sortedLabels(labels),
  targets: labelIds,
  feed: (targets) => ({
    type: 'int32',
    shape: [targets.length],
    data: Int32Array.from(targets, idOf),
  }),
  loss: (logits, target) => logSumExp(logits) - itemAt(logits, idOf(target), 'a label'),
  shown: (scores) => {
    const best = firstOf(scores, 'a label');
    return { text: best.label, json: best };
  },
  metrics: ['accuracy', 'f1', 'f1_micro', 'f1_weighted', 'ece'],
  lowerIsBetter: ['ece'],
  scores(logits, targets, names) {
    const best = logits.map((row) => firstOf(labelScores(row, names, 'single_label_classification'), 'a label'));
    const right = targets.map((target) => itemAt(names, idOf(target), 'a label'));
    const predicted = best.map(({ label }) => label);
    const { accuracy, macro, micro, weighted } = classificationScores(predicted, right);
    const { expectedCalibrationError: ece } = calibration(
      best.map(({ score }) => score),
      predicted.map((label, i) => label === right[i]),
    );
    return { accuracy, f1: macro.f1, f1_micro: micro.f1, f1_weighted: weighted.f1, ece };
  },
  balancedWeights: (targets, labels) =>
    labelCounts(targets, labels).map((count) => targets.length / (labels * Math.max(count, 1))),
};
