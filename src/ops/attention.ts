import { add, defineComposite, mul, type OpCall, ShapeError, showShape, type Tensor } from '../graph/index.ts';
import { sub } from './arithmetic.ts';
import { matmul } from './matmul.ts';
import { reduceMax } from './reduction.ts';
import { softmax } from './softmax.ts';

/** Added to the score of a forbidden key: finite, so that a whole row of them gives numbers. */
const forbidden = -1e9;

/**
 * Softmax of the last axis over allowed scores; a row with nothing allowed has any numbers, see {@link attendingRows}.
 * `mask` is 1 where attention is allowed, else 0.
 */
export const openSoftmax = (scores: Tensor, mask: Tensor): Tensor => softmax(add(scores, mul(sub(1, mask), forbidden)));

/** 1 for a row of `mask` in which anything is allowed, else 0. [..., S] → [..., 1]. */
export const attendingRows = (mask: Tensor): Tensor => reduceMax(mask, { axes: [-1], keepDims: true });

/** {@link openSoftmax} in which rows with nothing allowed are zero. */
export const maskedSoftmax = (scores: Tensor, mask: Tensor): Tensor =>
  mul(openSoftmax(scores, mask), attendingRows(mask));

/** scale·q·kᵀ, [B, H, T, S]; `scale` is 1/√K unless given. */
export function scaledScores(q: Tensor, k: Tensor, scale?: number): Tensor {
  const width = q.shape[3];
  if (typeof width !== 'number')
    throw new ShapeError(`attention: head width must be a number, got ${showShape(q.shape)}`);
  return matmul(q, k, { transposeB: true, alpha: scale ?? 1 / Math.sqrt(width) });
}

/** Context and weights. Both are zero in rows with nothing allowed: what nobody reads of them costs nothing. */
function attended(scores: Tensor, v: Tensor, mask: Tensor): Tensor[] {
  const weights = openSoftmax(scores, mask);
  const rows = attendingRows(mask);
  return [mul(matmul(weights, v, {}), rows), mul(weights, rows)];
}

/**
 * Scaled dot-product attention of every query over every key.
 *
 * `q`: [B, H, T, K], `k`: [B, H, S, K], `v`: [B, H, S, Kv], `mask`: float [B|1, 1, T|1, S], 1 where attention is
 * allowed and 0 elsewhere → [B, H, T, Kv] and the weights softmax(scale·q·kᵀ), [B, H, T, S].
 * A row with nothing allowed yields zeros, not NaN. `scale` is 1/√K unless given.
 *
 * Source: Vaswani et al. 2017, eq. 1 (their d_k is K, their d_v is Kv).
 * @throws {ShapeError} when K differs between `q` and `k`, or S between `k` and `v`.
 */
export const attention: OpCall<['q', 'k', 'v', 'mask'], { readonly scale?: number }> = defineComposite({
  name: 'attention',
  inputs: ['q', 'k', 'v', 'mask'],
  outputs: 2,
  body: ({ q, k, v, mask }, { scale }) => attended(scaledScores(q, k, scale), v, mask),
  samples: [
    {
      q: { shape: [2, 2, 3, 4] },
      k: { shape: [2, 2, 5, 4] },
      v: { shape: [2, 2, 5, 3] },
      mask: { shape: [2, 1, 1, 5], values: [1, 1, 1, 0, 0, 1, 1, 1, 1, 1] },
      attributes: {},
    },
    {
      q: { shape: [1, 1, 3, 2] },
      k: { shape: [1, 1, 3, 2] },
      v: { shape: [1, 1, 3, 2] },
      mask: { shape: [1, 1, 3, 3], values: [0, 0, 0, 1, 1, 0, 1, 1, 1] },
      attributes: { scale: 1 },
    },
  ],
});

/**
 * {@link attention} with a term added to the scaled scores before the softmax: relative positions, a float mask.
 *
 * `bias`: [B|1, H|1, T|1, S|1], finite; the other inputs and the results as in {@link attention}.
 *
 * Source: PyTorch's `scaled_dot_product_attention` with a float `attn_mask`; Raffel et al. 2020, section 2.1.
 */
export const biasedAttention: OpCall<['q', 'k', 'v', 'mask', 'bias'], { readonly scale?: number }> = defineComposite({
  name: 'biasedAttention',
  inputs: ['q', 'k', 'v', 'mask', 'bias'],
  outputs: 2,
  body: ({ q, k, v, mask, bias }, { scale }) => attended(add(scaledScores(q, k, scale), bias), v, mask),
  samples: [
    {
      q: { shape: [2, 2, 3, 4] },
      k: { shape: [2, 2, 5, 4] },
      v: { shape: [2, 2, 5, 3] },
      mask: { shape: [2, 1, 1, 5], values: [1, 1, 1, 0, 0, 1, 1, 1, 1, 1] },
      bias: { shape: [1, 2, 3, 5] },
      attributes: {},
    },
  ],
});
