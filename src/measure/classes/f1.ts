import { type Score, toFixedHalfEven } from '../score.ts';
import { type ClassificationScores, classificationScores } from './classification.ts';
import { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts';

export interface F1Score extends Score, ClassificationScores<string> {
  readonly confusion: ConfusionMatrix<string>;
}

/**
 * F1 where each example has one class, 0–1: `score` is the macro average's.
 *
 * Source: scikit-learn's `f1_score` with `average='macro'`.
 * @throws {InputError} without predictions, or when there are more of one than of the other.
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
