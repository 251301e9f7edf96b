import { refuse } from '../../data/read/data-file.ts';
import { regressionScores } from '../../measure/classes/regression.ts';
import { labelNames } from '../../models/classifier-config.ts';
import type { ClassificationProblem } from './problem.ts';
import { singleLabel } from './problem-single.ts';

/** Every text has a number. */
export const regression: ClassificationProblem = {
  read: singleLabel.read,
  names: () => labelNames({ num_labels: 1 }),
  targets({ labels, where }) {
    const wrong = labels.flatMap(([label], i) =>
      label.trim() === '' || !Number.isFinite(Number(label))
        ? [`data ${where(i)}: expected a number as label, got ${JSON.stringify(label)}`]
        : [],
    );
    refuse(wrong);
    return labels.map(([label]) => [Number(label)]);
  },
  feed: (targets) => ({
    type: 'float32',
    shape: [targets.length],
    data: Float32Array.from(targets, ([value]) => value),
  }),
  loss: ([value], [target]) => (value - target) ** 2,
  shown: ([value]) => ({ text: String(value.score), json: value }),
  metrics: ['mse', 'mae', 'pearson', 'spearman'],
  lowerIsBetter: ['mse', 'mae'],
  scores: (logits, targets) => ({
    ...regressionScores(
      logits.map(([value]) => value),
      targets.map(([value]) => value),
    ),
  }),
};
