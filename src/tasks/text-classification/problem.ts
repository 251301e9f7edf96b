import type { LabelledEntry } from '../../data/read/labelled.ts';
import type { ReadOptions } from '../../io/text-file.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { Prediction, Scores } from '../task.ts';
import type { LabelScore } from './label-score.ts';

/** Texts as read from a file, each with a list of labels. */
export interface LabelledTexts {
  readonly texts: readonly string[];
  /** The second text of each pair; absent for single texts. */
  readonly pairs?: readonly string[] | undefined;
  readonly labels: readonly (readonly string[])[];
  where(index: number): string;
  /** What was skipped or replaced in the file, one line each. */
  readonly notes: readonly string[];
}

/** How to read a file of labelled texts, besides its layout. */
export interface LabelReadOptions extends ReadOptions {
  /** Separates the labels of a text, if it can have several. */
  readonly label_separator?: string | undefined;
}

/** The target of one text: ids of its labels, or its number. */
export type Target = readonly number[];

/** One row of the table of problems: what labels are, and how a classifier's outputs are compared with them. */
export interface ClassificationProblem {
  read(root: string, entry: LabelledEntry, options: LabelReadOptions): Promise<LabelledTexts>;
  /** The labels that a model learns, in the order of their ids. */
  names(texts: LabelledTexts): string[];
  /** @throws {InputError} for every label that is not among the names. */
  targets(texts: LabelledTexts, names: readonly string[]): Target[];
  /** The labels of a batch, as inputs of `classificationLoss`. */
  feed(targets: readonly Target[], labels: number): HostTensor;
  /** The loss of one text, without smoothing or weights. */
  loss(logits: Float32Array, target: Target): number;
  /** The result for a line, plain and for `--json`, from all scores, highest first. */
  shown(scores: readonly LabelScore[]): Prediction;
  /** Scores over many texts, by name without prefix. */
  scores(logits: readonly Float32Array[], targets: readonly Target[], names: readonly string[]): Scores;
  /** The names of those scores. */
  readonly metrics: readonly string[];
  /** The scores for which lower is better. */
  readonly lowerIsBetter: readonly string[];
  /** Weights that balance rare and frequent labels; absent if labels have no weights. */
  balancedWeights?(targets: readonly Target[], labels: number): number[];
}
