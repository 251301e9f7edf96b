import { type Score, toFixedHalfEven } from '../score.ts';
import { type ClassificationScores, classificationScores } from './classification.ts';
import { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts';

export interface F1Score extends Score, ClassificationScores<string> {
  readonly confusion: ConfusionMatrix<string>;
}

/**
 * F1 for examples with one class each, 0–1; `score` is the macro average.
 *
 * Source: scikit-learn's `f1_score` with `average='macro'`.
 * @throws {InputError} without predictions, or when predictions and labels differ in number.
 */
export function corpusF1(predictions: readonly string[], labels: readonly string[]): F1Score {
  const scores = classificationScores(predictions, labels);
  const { micro, macro, weighted } = scores;
  return {
    name: 'f1_macro',
    score: macro.f1,
    ...scores,
    confusion: confusionMatrix(predictions, labels),
    verbose: `(micro = ${toFixedHalfEven(micro.f1, 4)} weighted = ${toFixedHalfEven(weighted.f1, 4)})`,
  };
}
