import type { LabelledEntry } from '../../data/read/labelled.ts';
import type { ReadOptions } from '../../io/text-file.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { Prediction, Scores } from '../task.ts';
import type { LabelScore } from './label-score.ts';

/** Texts as a file has them, the labels of each in a list. */
export interface LabelledTexts {
  readonly texts: readonly string[];
  readonly labels: readonly (readonly string[])[];
  where(index: number): string;
  /** What of the file is not read as it stands, a line each. */
  readonly notes: readonly string[];
}

/** How a file of labelled texts is read, beside its layout. */
export interface LabelReadOptions extends ReadOptions {
  /** Stands between the labels of a text, where there may be several. */
  readonly label_separator?: string | undefined;
}

/** What one text should give: ids of its labels, or its number. */
export type Target = readonly number[];

/** One row of the table of problems: what labels are, and what a classifier's outputs are held against. */
export interface ClassificationProblem {
  read(root: string, entry: LabelledEntry, options: LabelReadOptions): Promise<LabelledTexts>;
  /** The labels that a model learns, in the order of their ids. */
  names(texts: LabelledTexts): string[];
  /** @throws {InputError} for every label that is not among the names. */
  targets(texts: LabelledTexts, names: readonly string[]): Target[];
  /** The labels of a batch as `classificationLoss` is fed them. */
  feed(targets: readonly Target[], labels: number): HostTensor;
  /** The loss of one text, without smoothing or weights. */
  loss(logits: Float32Array, target: Target): number;
  /** A line's result, plain and for `--json`, from all scores, the highest first. */
  shown(scores: readonly LabelScore[]): Pick<Prediction, 'text' | 'json'>;
  /** Scores over many texts, by names without prefix. */
  scores(logits: readonly Float32Array[], targets: readonly Target[], names: readonly string[]): Scores;
  /** The names of those scores. */
  readonly metrics: readonly string[];
  /** Those that are better when lower. */
  readonly lowerIsBetter: readonly string[];
  /** Weights that make labels count alike, however rare; absent where labels have no weights. */
  balancedWeights?(targets: readonly Target[], labels: number): number[];
}
