import { add, mul, negate, sum, type Tensor } from '../graph/index.ts';
import { div, maximum, minimum, reduceMax, sqrt, square } from '../ops/index.ts';

/** Gradients clipped together. */
export interface Clip {
  /** Their global norm before clipping, []. */
  readonly norm: Tensor;
  /** What every gradient counts times, []; at most 1. */
  readonly scale: Tensor;
  /** A gradient times `scale`; an optimizer that is given `scale` itself saves this pass. */
  apply(gradient: Tensor): Tensor;
}

/** A norm over several tensors: each gives a number, two numbers become one, the last becomes the norm. */
interface Norm {
  of(x: Tensor): Tensor;
  join(a: Tensor, b: Tensor): Tensor;
  finish(total: Tensor): Tensor;
}

const axesUpTo = (rank: number) => ({ axes: Array.from({ length: rank }, (_, axis) => axis) });

/**
 * The sum of all elements, rows first: one float32 accumulator over millions of squares loses digits (2e-4 of the sum
 * of 8,000 × 768), and rows are summed in parallel.
 */
const total = (x: Tensor): Tensor =>
  x.rank > 1 ? sum(sum(x, { axes: [-1] }), axesUpTo(x.rank - 1)) : sum(x, axesUpTo(x.rank));

const abs = (x: Tensor): Tensor => maximum(x, negate(x));
const asIs = (x: Tensor): Tensor => x;

/** Norms by PyTorch's `norm_type`. */
const norms = {
  1: { of: (x) => total(abs(x)), join: add, finish: asIs },
  2: { of: (x) => total(square(x)), join: add, finish: sqrt },
  inf: { of: (x) => reduceMax(abs(x), axesUpTo(x.rank)), join: maximum, finish: asIs },
} satisfies Record<string, Norm>;

/** What gradients of a norm count times, so that it is at most `maxNorm`; see {@link clipScale}. */
export const clipFactor = (norm: number, maxNorm: number): number => Math.min(1, maxNorm / (norm + 1e-6));

/**
 * Clips gradients to a global norm, the Euclidean one by default: scale = min(1, max_norm/(norm + 1e-6)).
 *
 * Source: Pascanu et al. 2013, algorithm 1; the 1e-6 is PyTorch's `clip_grad_norm_`.
 */
export function clipScale(gradients: readonly Tensor[], maxNorm: number, normType: keyof typeof norms = 2): Clip {
  const { of, join, finish }: Norm = norms[normType];
  const norm = finish(gradients.map(of).reduce((a, b) => join(a, b)));
  const scale = minimum(div(maxNorm, add(norm, 1e-6)), 1);
  return { norm, scale, apply: (gradient) => mul(gradient, scale) };
}
