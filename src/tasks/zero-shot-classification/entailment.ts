import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { softmax } from '../text-classification/label-score.ts';

/** The labels of a model of natural language inference, by their ids. */
export interface EntailmentLabels {
  readonly entailment: number;
  /** What entailment is compared with for one hypothesis alone; undefined if no label says so. */
  readonly contradiction: number | undefined;
}

/**
 * Finds the labels of entailment and of its opposite, whatever their case and order.
 *
 * Source: transformers 5.24.0 pipelines/zero_shot_classification.py, which takes the first or the last label for the
 * contradiction; here it is the other one of two, or the one of that name.
 * @throws {InputError} when no label begins with "entail".
 */
export function entailmentLabels(name: string, labels: readonly string[]): EntailmentLabels {
  const startsWith = (start: string) => labels.findIndex((label) => label.toLowerCase().startsWith(start));
  const entailment = startsWith('entail');
  if (entailment < 0 || labels.length < 2) {
    throw new InputError(
      `${name}: expected a classifier of pairs with a label "entailment" and others (label2id in config.json), got ${labels.join(', ')}`,
    );
  }
  const other = labels.length === 2 ? 1 - entailment : startsWith('contradict');
  return { entailment, contradiction: other < 0 ? undefined : other };
}

/**
 * The probability of every candidate label: entailment among all of them, or for several labels, or a single one, against
 * contradiction.
 *
 * @param logits of the text with each label's hypothesis, before any normalisation.
 * @param name the model's folder, for errors.
 * @throws {InputError} when entailment has nothing to be compared with.
 */
export function probabilities(
  logits: readonly Float32Array[],
  { entailment, contradiction }: EntailmentLabels,
  { multi_label, name }: { readonly multi_label: boolean; readonly name: string },
): number[] {
  const entailed = logits.map((row) => itemAt(row, entailment, 'a label'));
  if (!multi_label && logits.length > 1) return softmax(entailed);
  if (contradiction === undefined) {
    const needing = multi_label ? 'multi_label' : 'a single candidate label';
    throw new InputError(`${name}: expected a label "contradiction", which ${needing} needs, got none`);
  }
  return logits.map((row, at) =>
    itemAt(softmax([itemAt(row, contradiction, 'a label'), itemAt(entailed, at, 'a label')]), 1, 'a score'),
  );
}
