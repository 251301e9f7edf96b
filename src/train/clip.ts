import { add, mul, sum, type Tensor } from '../graph/index.ts';
import { div, minimum, sqrt, square } from '../ops/index.ts';

/** Gradients clipped together. */
export interface Clip {
  /** Their global norm before clipping, []. */
  readonly norm: Tensor;
  /** What every gradient counts times, []; at most 1. */
  readonly scale: Tensor;
  /** A gradient times `scale`. */
  apply(gradient: Tensor): Tensor;
}

/**
 * Clips gradients to a global Euclidean norm: scale = min(1, max_norm/(norm + 1e-6)).
 *
 * Source: Pascanu et al. 2013, algorithm 1; the 1e-6 is PyTorch's `clip_grad_norm_`.
 */
export function clipScale(gradients: readonly Tensor[], maxNorm: number): Clip {
  const norm = sqrt(gradients.map(sumOfSquares).reduce((total, squares) => add(total, squares)));
  const scale = minimum(div(maxNorm, add(norm, 1e-6)), 1);
  return { norm, scale, apply: (gradient) => mul(gradient, scale) };
}

const sumOfSquares = (x: Tensor): Tensor => sum(square(x), { axes: x.shape.map((_, axis) => axis) });
