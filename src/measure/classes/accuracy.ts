import { checkPredictions } from './prediction.ts';

/**
 * Share of predictions that equal the label, 0–1.
 *
 * @throws {InputError} without predictions, or when predictions and labels differ in number.
 */
export function accuracy<T extends string | number>(predictions: readonly T[], labels: readonly T[]): number {
  checkPredictions('accuracy', predictions, labels);
  return predictions.filter((prediction, i) => prediction === labels[i]).length / predictions.length;
}
