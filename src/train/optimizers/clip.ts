import { add, negate, sum, type Tensor } from '../../graph/index.ts';
import { div, maximum, minimum, reduceMax, sqrt, sumSquares } from '../../ops/index.ts';

/** A norm over several tensors: each contributes a number, and the numbers give the norm. */
interface Norm {
  of(x: Tensor): Tensor;
  join(parts: readonly number[]): number;
}

const axesOf = ({ rank }: Tensor) => ({ axes: Array.from({ length: rank }, (_, axis) => axis) });

const total = (x: Tensor): Tensor => sum(x, axesOf(x));
const abs = (x: Tensor): Tensor => maximum(x, negate(x));
const added = (parts: readonly number[]): number => parts.reduce((a, b) => a + b, 0);

/** Norms by PyTorch's `norm_type`. */
const norms = {
  1: { of: (x) => total(abs(x)), join: added },
  2: { of: sumSquares, join: (parts) => Math.sqrt(added(parts)) },
  inf: { of: (x) => reduceMax(abs(x), axesOf(x)), join: (parts) => Math.max(...parts) },
} satisfies Record<string, Norm>;

/** The order of a norm, PyTorch's `norm_type`. */
export type NormType = keyof typeof norms;

/** What a tensor, or a piece of one, contributes to a global norm, []; see {@link globalNorm}. */
export const normPart = (x: Tensor, normType: NormType = 2): Tensor => norms[normType].of(x);

/** The norm of all numbers, by default the Euclidean one, from the contribution of each part. */
export const globalNorm = (parts: readonly number[], normType: NormType = 2): number => norms[normType].join(parts);

/**
 * The factor by which gradients are scaled so that their global norm is at most `maxNorm`: min(1, max_norm/(norm +
 * 1e-6)).
 *
 * Source: Pascanu et al. 2013, algorithm 1; the 1e-6 is PyTorch's `clip_grad_norm_`.
 */
export const clipFactor = (norm: number, maxNorm: number): number => Math.min(1, maxNorm / (norm + 1e-6));

/** {@link globalNorm} of whole gradients and {@link clipFactor} as one graph, both []. */
export function clipping(
  gradients: readonly Tensor[],
  maxNorm: number,
): { readonly norm: Tensor; readonly factor: Tensor } {
  const norm = sqrt(gradients.map((gradient) => normPart(gradient)).reduce((a, b) => add(a, b)));
  return { norm, factor: minimum(div(maxNorm, add(norm, 1e-6)), 1) };
}
