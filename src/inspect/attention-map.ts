import { InputError } from '../io/error.ts';

/** Attention of one head: how much each of T target tokens looks at each of S source tokens. Rows sum to 1. */
export interface AttentionMap {
  /** T labels, one a row. */
  readonly target: readonly string[];
  /** S labels, one a column. */
  readonly source: readonly string[];
  /** [T, S], row-major, 0 to 1. */
  readonly weights: Float32Array;
}

/** Every head of every layer over the same tokens. */
export interface LayeredAttention {
  readonly target: readonly string[];
  readonly source: readonly string[];
  /** `layers[l][h]` are the weights [T, S] of head h of layer l. */
  readonly layers: readonly (readonly Float32Array[])[];
}

/** @throws {InputError} when the weights are not [T, S]. */
export function checkMap({ target, source, weights }: AttentionMap): void {
  if (weights.length === target.length * source.length) return;
  throw new InputError(
    `attention map: expected weights [T=${target.length}, S=${source.length}], got ${weights.length} numbers`,
  );
}

/**
 * Cuts one sentence out of attention weights [B, H, T, S] of a batch: H arrays [rows, columns], padding left out.
 *
 * @throws {InputError} when the sentence lies outside the batch or is longer than its axes.
 */
export function headsOf(
  { shape, data }: { readonly shape: readonly number[]; readonly data: Float32Array },
  sentence: number,
  rows: number,
  columns: number,
): Float32Array[] {
  const [batch, heads, time, sources] = shape;
  if (!(sentence < batch && rows <= time && columns <= sources)) {
    throw new InputError(
      `attention: expected a sentence within [B=${batch}, H=${heads}, T=${time}, S=${sources}], ` +
        `got number ${sentence} of ${rows} × ${columns}`,
    );
  }
  return Array.from({ length: heads }, (_, head) => {
    const weights = new Float32Array(rows * columns);
    for (let t = 0; t < rows; t++) {
      const from = ((sentence * heads + head) * time + t) * sources;
      weights.set(data.subarray(from, from + columns), t * columns);
    }
    return weights;
  });
}

/** The mean of weights over the same tokens; its rows sum to 1 as theirs do. */
export function meanWeights(all: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(all[0]?.length ?? 0);
  for (const weights of all) for (let i = 0; i < mean.length; i++) mean[i] += weights[i] / all.length;
  return mean;
}
