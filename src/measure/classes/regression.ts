import { checkPredictions } from './prediction.ts';
import { ratio } from './rates.ts';

export interface RegressionScores {
  /** Mean squared error. */
  readonly mse: number;
  /** Mean absolute error. */
  readonly mae: number;
  /** Linear correlation, −1–1. */
  readonly pearson: number;
  /** Correlation of ranks, −1–1. */
  readonly spearman: number;
}

/**
 * Errors and correlations of predicted numbers.
 *
 * A correlation with a constant is 0; SciPy gives NaN.
 *
 * Source: scikit-learn's `mean_squared_error`, `mean_absolute_error`; SciPy's `pearsonr`, `spearmanr`.
 * @throws {InputError} without predictions, or when predictions and labels differ in number.
 */
export function regressionScores(predictions: readonly number[], labels: readonly number[]): RegressionScores {
  checkPredictions('regression', predictions, labels);
  const errors = predictions.map((prediction, i) => prediction - labels[i]);
  return {
    mse: mean(errors.map((error) => error ** 2)),
    mae: mean(errors.map(Math.abs)),
    pearson: pearson(predictions, labels),
    spearman: pearson(ranks(predictions), ranks(labels)),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function pearson(a: readonly number[], b: readonly number[]): number {
  const isConstant = (values: readonly number[]) => values.every((value) => value === values[0]);
  if (isConstant(a) || isConstant(b)) return 0;
  const [da, db] = [a, b].map((values) => {
    const middle = mean(values);
    return values.map((value) => value - middle);
  });
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return ratio(dot(da, db), Math.sqrt(dot(da, da)) * Math.sqrt(dot(db, db)));
}

/** Ranks from 1; equal values get the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const rank = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (const i of order.slice(from, to)) rank[i] = (from + 1 + to) / 2;
    from = to;
  }
  return rank;
}
