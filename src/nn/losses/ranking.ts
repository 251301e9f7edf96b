/** The loss of pairs of texts that belong together, among others that do not. */
import { add, mul, reshape, sum, type Tensor } from '../../graph/index.ts';
import { cast, div, equal, less, linear, range, sqrt, square, sub, transpose } from '../../ops/index.ts';
import { crossEntropyLoss, type Reduction } from './cross-entropy.ts';

/** Added to a squared length, so that the direction of a vector of zeros is zeros, and its gradient finite. */
const leastSquare = 1e-24;

/** What is taken from the scores of texts that are no candidates. */
const farBelow = 1e9;

/** Vectors divided by their lengths. `x`: [N, D] → [N, D]. */
export const unitVectors = (x: Tensor): Tensor =>
  div(x, sqrt(add(sum(square(x), { axes: [1], keepDims: true }), leastSquare)));

/**
 * Whether two pairs have a text of the same group. `a`: int32 [P, 2], `b`: int32 [Q, 2], the groups of their texts →
 * float [P, Q], 1 or 0.
 */
export function shareGroup(a: Tensor, b: Tensor): Tensor {
  const [left, right] = [reshape(a, { shape: [a.shape[0], 1, 2, 1] }), reshape(b, { shape: [1, b.shape[0], 1, 2] })];
  const shared = sum(cast(equal(left, right), { dtype: 'float' }), { axes: [2, 3] });
  return cast(less(0, shared), { dtype: 'float' });
}

/** Options of {@link rankingLoss}. */
export interface RankingOptions {
  /** What similarities are multiplied by, the inverse of a temperature. */
  readonly scale: number;
  /** Whether anchors are also ranked for each positive; the loss is the mean of both directions. */
  readonly symmetric: boolean;
  readonly reduction?: Reduction | undefined;
}

/**
 * Multiple negatives ranking loss: cross entropy of the cosine similarities of every anchor with all positives, where
 * its own is right. Positives of pairs that share a group with the anchor's are no negatives of it.
 *
 * `anchors`, `positives`: [P, D], `groups`: int32 [P, 2], of both texts of each pair → [] or [P].
 *
 * Source: Henderson et al. 2017, section 4; sentence-transformers 6.2 MultipleNegativesRankingLoss, with `symmetric` its
 * `directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"`.
 */
export function rankingLoss(
  anchors: Tensor,
  positives: Tensor,
  groups: Tensor,
  { scale, symmetric, reduction }: RankingOptions,
): Tensor {
  const [pairs] = anchors.shape;
  const places = range({ size: pairs });
  const [row, column] = [reshape(places, { shape: [pairs, 1] }), reshape(places, { shape: [1, pairs] })];
  const isOwn = cast(equal(row, column), { dtype: 'float' });
  const excluded = mul(sub(shareGroup(groups, groups), isOwn), farBelow);
  const scores = sub(mul(linear(unitVectors(anchors), unitVectors(positives)), scale), excluded);
  const forward = crossEntropyLoss(scores, places, { reduction });
  if (!symmetric) return forward;
  const backward = crossEntropyLoss(transpose(scores, { permutation: [1, 0] }), places, { reduction });
  return mul(add(forward, backward), 0.5);
}
