import { itemAt } from '../../io/item-at.ts';
import type { ProblemType } from '../../models/heads/fields/classifier-fields.ts';

/** A label and its probability, or for regression the number itself. */
export interface LabelScore {
  readonly label: string;
  readonly score: number;
  /** Present and true if the text has more tokens than the model has positions; only the first of them were read. */
  readonly is_truncated?: true;
  /** Present and true if the text, or one of two, is empty: it has no tokens of its own, or only blanks. */
  readonly is_empty?: true;
}

/** A label counts if its probability is at least one half. */
export const isLikely = ({ score }: LabelScore): boolean => score >= 0.5;

type Normalise = (logits: ArrayLike<number>) => number[];

/** e^xᵢ / Σⱼ e^xⱼ */
export function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

const sigmoid: Normalise = (logits) => Array.from(logits, (value) => 1 / (1 + Math.exp(-value)));

const normalisations: Readonly<Record<ProblemType, Normalise>> = {
  single_label_classification: softmax,
  multi_label_classification: sigmoid,
  regression: (logits) => Array.from(logits),
};

/** The scores of one text's labels, highest first; equal scores in the order of the labels. `logits`: [N]. */
export function labelScores(
  logits: ArrayLike<number>,
  labels: readonly string[],
  problemType: ProblemType,
): LabelScore[] {
  const scores = normalisations[problemType](logits);
  return labels.map((label, id) => ({ label, score: itemAt(scores, id, 'a label') })).sort((a, b) => b.score - a.score);
}

/** The labels that count, where each is judged by itself, and what is said if there are none. `scores`: highest first. */
export function likelyLabels(scores: readonly LabelScore[]): { readonly found: LabelScore[]; readonly note?: string } {
  const found = scores.filter(isLikely);
  const [best] = scores;
  if (found.length > 0 || !best) return { found };
  return { found, note: `no label reaches 0.5; the likeliest is ${best.label}, ${best.score.toFixed(3)}` };
}
