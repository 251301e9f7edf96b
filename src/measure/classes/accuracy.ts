import { checkPredictions } from './prediction.ts';

/**
 * Share of predictions that are the label, 0–1.
 *
 * @throws {InputError} without predictions, or when there are more of one than of the other.
 */
export function accuracy<T extends string | number>(predictions: readonly T[], labels: readonly T[]): number {
  checkPredictions('accuracy', predictions, labels);
  return predictions.filter((prediction, i) => prediction === labels[i]).length / predictions.length;
}
