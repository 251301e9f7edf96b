import { InputError } from '../../io/error.ts';

/** @throws {InputError} without predictions, or when predictions and labels differ in number. */
export function checkPredictions(metric: string, predictions: readonly unknown[], labels: readonly unknown[]): void {
  if (predictions.length === 0) throw new InputError(`${metric}: no predictions`);
  if (predictions.length === labels.length) return;
  throw new InputError(
    `${metric}: expected one label per prediction, ` +
      `got ${predictions.length} predictions and ${labels.length} labels`,
  );
}
