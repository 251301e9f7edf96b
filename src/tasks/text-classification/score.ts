import { itemAt } from '../../io/item-at.ts';
import type { SequenceClassifier } from '../../models/model.ts';
import type { Scores } from '../task.ts';
import type { Target } from './problem.ts';
import { classificationProblems } from './problems.ts';

/** The scores of a classifier's logits, `loss` first: the mean over texts, without smoothing or weights. */
export function labelledScores(
  { labels, problemType }: SequenceClassifier,
  logits: readonly Float32Array[],
  targets: readonly Target[],
): Scores {
  const problem = classificationProblems[problemType];
  const total = logits.reduce((sum, row, i) => sum + problem.loss(row, itemAt(targets, i, 'a text')), 0);
  return { loss: total / logits.length, ...problem.scores(logits, targets, labels) };
}
