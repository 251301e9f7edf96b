import { accuracy } from './accuracy.ts';
import { checkPredictions } from './prediction.ts';
import { type Averages, averageRates, type ClassRates, classRates, ratio } from './rates.ts';
import { Tally } from './tally.ts';

/** Rates of one class, by its name. */
export interface NamedRates<T> extends ClassRates {
  readonly label: T;
}

export interface ClassificationScores<T> extends Averages {
  readonly accuracy: number;
  /** In ascending order: every class that occurs as a label or a prediction. */
  readonly classes: readonly NamedRates<T>[];
}

/**
 * Accuracy, and precision, recall and F1 of every class and on average, for examples with one class each.
 *
 * With one class per example, the micro-averaged rates all equal the accuracy. A division by zero gives 0.
 *
 * Source: scikit-learn's `classification_report` with `zero_division=0`.
 * @throws {InputError} without predictions, or when predictions and labels differ in number.
 */
export function classificationScores<T extends string | number>(
  predictions: readonly T[],
  labels: readonly T[],
): ClassificationScores<T> {
  checkPredictions('classification', predictions, labels);
  const tally = new Tally<T>();
  for (const [i, label] of labels.entries()) {
    tally.add(label, 'actual');
    tally.add(predictions[i], 'predicted');
    if (predictions[i] === label) tally.add(label, 'hits');
  }
  return { accuracy: accuracy(predictions, labels), classes: namedRates(tally), ...averageRates(tally.counts()) };
}

export interface MultiLabelScores<T> extends Averages {
  /** Share of examples whose predicted labels are exactly the right ones. */
  readonly exactMatch: number;
  readonly classes: readonly NamedRates<T>[];
}

/**
 * Exact match, and precision, recall and F1 of every class and on average, for examples with any number of labels.
 *
 * `predictions[i]` and `labels[i]` are the labels of example i; order and repeats do not matter. `classes` lists all
 * possible classes; one that never occurs counts as 0 in the macro average. By default it is the classes that occur.
 *
 * Source: scikit-learn's `classification_report` and `accuracy_score` of indicator matrices, `zero_division=0`.
 * @throws {InputError} without predictions, or when predictions and labels differ in number.
 */
export function multiLabelScores<T extends string | number>(
  predictions: readonly (readonly T[])[],
  labels: readonly (readonly T[])[],
  classes: readonly T[] = [],
): MultiLabelScores<T> {
  checkPredictions('multi-label', predictions, labels);
  const tally = new Tally<T>(classes);
  let exact = 0;
  for (const [i, given] of labels.entries()) {
    const [predicted, actual] = [new Set(predictions[i]), new Set(given)];
    const hits = [...predicted].filter((label) => actual.has(label));
    for (const label of predicted) tally.add(label, 'predicted');
    for (const label of actual) tally.add(label, 'actual');
    for (const label of hits) tally.add(label, 'hits');
    if (hits.length === predicted.size && hits.length === actual.size) exact++;
  }
  return { exactMatch: ratio(exact, labels.length), classes: namedRates(tally), ...averageRates(tally.counts()) };
}

const namedRates = <T extends string | number>(tally: Tally<T>): NamedRates<T>[] =>
  tally.classes().map((label) => ({ label, ...classRates(tally.of(label)) }));
