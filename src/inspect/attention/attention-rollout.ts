import type { HeadWeights } from './attention-map.ts';

/** ½·W + ½·I for the mean W of a layer's heads, [T·T]. */
function withResidual(heads: readonly HeadWeights[], tokens: number): Float64Array {
  const sum = new Float64Array(tokens * tokens);
  for (const weights of heads) {
    weights.forEach((row, t) => {
      for (let s = 0; s < tokens; s++) sum[t * tokens + s] += row[s] / (2 * heads.length);
    });
  }
  for (let t = 0; t < tokens; t++) sum[t * tokens + t] += 0.5;
  return sum;
}

/** A·B of two matrices [T·T]. */
function product(a: Float64Array, b: Float64Array, tokens: number): Float64Array {
  const c = new Float64Array(tokens * tokens);
  for (let t = 0; t < tokens; t++) {
    for (let k = 0; k < tokens; k++) {
      const factor = a[t * tokens + k];
      for (let s = 0; s < tokens; s++) c[t * tokens + s] += factor * b[k * tokens + s];
    }
  }
  return c;
}

/**
 * Attention rollout: how much of every token of the input each vector of the last layer holds, if a layer takes half from
 * its residual connection and half from the mean of its heads. `layers[l][h]`: self-attention, [T, T] → [T, T]; rows sum to 1.
 *
 * R(l) = (½·W(l) + ½·I)·R(l−1), R(0) = I.
 *
 * Source: Abnar & Zuidema 2020, section 3, equation 1.
 */
export function attentionRollout(layers: readonly (readonly HeadWeights[])[]): HeadWeights {
  const tokens = layers[0]?.[0]?.length ?? 0;
  const rolled = layers
    .map((heads) => withResidual(heads, tokens))
    .reduce((before, layer) => product(layer, before, tokens));
  return Array.from({ length: tokens }, (_, t) => Float32Array.from(rolled.subarray(t * tokens, (t + 1) * tokens)));
}
