import { InputError } from '../../io/error.ts';
import type { AttentionKind } from './attention-kind.ts';

/** Weights of one head: T rows, one per target token, each with S numbers that sum to 1. */
export type HeadWeights = readonly Float32Array[];

/** What one head looks at. */
export interface HeadAttention {
  /** T labels, one per row. */
  readonly target: readonly string[];
  /** S labels, one per column. */
  readonly source: readonly string[];
  readonly weights: HeadWeights;
}

/** Which text each token is of, 0 or 1; null for tokens that the tokenizer adds. */
export type TokenTexts = readonly (0 | 1 | null)[];

/** A word: its label, and how many tokens in a row it is made of. */
export interface AxisWord {
  readonly label: string;
  readonly tokens: number;
}

/** One side of a map: the tokens that look, or those that are looked at. */
export interface TokenAxis {
  /** Labels. */
  readonly tokens: readonly string[];
  /** By default all tokens are of one text. */
  readonly texts?: TokenTexts | undefined;
  /** The words that the tokens are pieces of, in order; by default every token is a word. */
  readonly words?: readonly AxisWord[] | undefined;
  /** The rows and columns of an image's patches, which are the last tokens, row by row; absent for texts. */
  readonly grid?: readonly [rows: number, columns: number] | undefined;
}

/** The weights of every head of every layer of one kind of attention over one text. */
export interface AttentionMap {
  readonly kind: AttentionKind;
  /** T tokens that look, a row each. */
  readonly query: TokenAxis;
  /** S tokens that are looked at, a column each. */
  readonly key: TokenAxis;
  /** `layers[l][h]` are the weights of head h of layer l. */
  readonly layers: readonly (readonly HeadWeights[])[];
}

/** @throws {InputError} when the weights are not T rows of S numbers. */
export function checkAttention({ target, source, weights }: HeadAttention): void {
  const isWhole = weights.length === target.length && weights.every(({ length }) => length === source.length);
  if (isWhole) return;
  const widths = [...new Set(weights.map(({ length }) => length))].join(', ') || 'no';
  throw new InputError(
    `attention map: expected weights [T=${target.length}, S=${source.length}], ` +
      `got ${weights.length} rows of ${widths} numbers`,
  );
}

/** The mean of heads over the same tokens; its rows sum to 1 as theirs do. */
export function meanWeights(heads: readonly HeadWeights[]): HeadWeights {
  return (heads[0] ?? []).map((first, t) => {
    const sums = new Float64Array(first.length);
    for (const rows of heads) {
      const row = rows[t];
      for (let s = 0; s < row.length; s++) sums[s] += row[s];
    }
    return Float32Array.from(sums, (sum) => sum / heads.length);
  });
}
