import { InputError } from '../io/error.ts';

/**
 * Share of predictions that are the label, 0–1.
 *
 * @throws {InputError} without predictions, or when there are more of one than of the other.
 */
export function accuracy<T extends string | number>(predictions: readonly T[], labels: readonly T[]): number {
  if (predictions.length === 0) throw new InputError('accuracy: at least one prediction must be given, got none');
  if (predictions.length !== labels.length) {
    throw new InputError(
      'accuracy: there must be one label per prediction, ' +
        `got ${predictions.length} predictions and ${labels.length} labels`,
    );
  }
  return predictions.filter((prediction, i) => prediction === labels[i]).length / predictions.length;
}
