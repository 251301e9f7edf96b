import { refuse } from '../../data/read/data-file.ts';
import { isDecimal } from '../../data/read/decimal.ts';
import { firstOf } from '../../io/item-at.ts';
import { regressionScores } from '../../measure/classes/regression.ts';
import { labelNames } from '../../models/heads/fields/classifier-fields.ts';
import type { ClassificationProblem } from './problem.ts';
import { singleLabel } from './problem-single.ts';

const numberOf = (values: ArrayLike<number>): number => firstOf(values, 'a number');

/** The label of every text is a number. */
export const regression: ClassificationProblem = {
  read: singleLabel.read,
  names: () => labelNames({ num_labels: 1 }),
  targets({ labels, where }) {
    const texts = labels.map((label) => firstOf(label, 'a label'));
    const wrong = texts.flatMap((label, i) =>
      isDecimal(label)
        ? []
        : [`data ${where(i)}: expected a decimal number within float32's range as label, got ${JSON.stringify(label)}`],
    );
    refuse(wrong);
    return texts.map((label) => [Number(label)]);
  },
  feed: (targets) => ({
    type: 'float32',
    shape: [targets.length],
    data: Float32Array.from(targets, numberOf),
  }),
  loss: (logits, target) => (numberOf(logits) - numberOf(target)) ** 2,
  shown: (scores) => {
    const value = firstOf(scores, 'a number');
    return { text: String(value.score), json: value };
  },
  metrics: ['mse', 'mae', 'pearson', 'spearman'],
  lowerIsBetter: ['mse', 'mae'],
  scores: (logits, targets) => ({
    ...regressionScores(logits.map(numberOf), targets.map(numberOf)),
  }),
};
