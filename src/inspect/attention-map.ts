import { InputError } from '../io/error.ts';

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

/** Every head of every layer over the same tokens. */
export interface LayeredAttention {
  readonly target: readonly string[];
  readonly source: readonly string[];
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
  return (heads[0] ?? []).map((first, t) =>
    Float32Array.from(first, (_, s) => heads.reduce((sum, rows) => sum + rows[t][s], 0) / heads.length),
  );
}
