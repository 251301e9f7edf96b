import { InputError } from '../../io/error.ts';

/** @throws {InputError} without predictions, or when there are more of one than of the other. */
export function checkPredictions(metric: string, predictions: readonly unknown[], labels: readonly unknown[]): void {
  if (predictions.length === 0) throw new InputError(`${metric}: at least one prediction must be given, got none`);
  if (predictions.length === labels.length) return;
  throw new InputError(
    `${metric}: there must be one label per prediction, ` +
      `got ${predictions.length} predictions and ${labels.length} labels`,
  );
}
