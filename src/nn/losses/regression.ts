/** Losses of numbers, vectors and distributions, as in `torch.nn.functional`. */
import { add, mul, negate, sum, type Tensor } from '../../graph/index.ts';
import {
  abs,
  cast,
  div,
  less,
  logSoftmax,
  relu,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  where,
} from '../../ops/index.ts';
import { type Reduction, reduceAll } from './cross-entropy.ts';

interface Options {
  readonly reduction?: Reduction;
}

/** Mean squared error. `a`, `b`: [...] → [] or [...]. */
export const mseLoss = (a: Tensor, b: Tensor, { reduction = 'mean' }: Options = {}): Tensor =>
  reduceAll(square(sub(a, b)), reduction);

/** Mean absolute error. `a`, `b`: [...] → [] or [...]. */
export const l1Loss = (a: Tensor, b: Tensor, { reduction = 'mean' }: Options = {}): Tensor =>
  reduceAll(abs(sub(a, b)), reduction);

/** ½d² where |d| < delta, else delta·(|d| − ½delta), d = a − b. Source: Huber 1964. `a`, `b`: [...] → [] or [...]. */
export function huberLoss(
  a: Tensor,
  b: Tensor,
  { reduction = 'mean', delta = 1 }: Options & { readonly delta?: number } = {},
): Tensor {
  const far = abs(sub(a, b));
  const near = mul(square(sub(a, b)), 0.5);
  return reduceAll(where(less(far, delta), near, mul(sub(far, delta / 2), delta)), reduction);
}

/** Huber's loss divided by `beta`. `a`, `b`: [...] → [] or [...]. */
export const smoothL1Loss = (
  a: Tensor,
  b: Tensor,
  { beta = 1, reduction }: Options & { readonly beta?: number } = {},
): Tensor => mul(huberLoss(a, b, { delta: beta, reduction }), 1 / beta);

/**
 * Binary cross entropy of logits. `logits`, `target`: [...], the target in [0, 1] → [] or [...];
 * `positiveWeight` multiplies the loss of positive targets and broadcasts.
 */
export function binaryCrossEntropyLoss(
  logits: Tensor,
  target: Tensor,
  { reduction = 'mean', positiveWeight }: Options & { readonly positiveWeight?: Tensor } = {},
): Tensor {
  const surprise = softplus(negate(logits));
  const weight = positiveWeight ? add(mul(target, sub(positiveWeight, 1)), 1) : null;
  return reduceAll(add(mul(sub(1, target), logits), weight ? mul(weight, surprise) : surprise), reduction);
}

/**
 * Distillation loss of a student's distribution against its teacher's: T²·KL(teacher ‖ student) at temperature T, the
 * mean over N. `student`, `teacher`: logits [N, C] → []. Source: Hinton, Vinyals & Dean 2015, section 2.
 */
export function distillationLoss(
  student: Tensor,
  teacher: Tensor,
  { temperature = 1 }: { readonly temperature?: number } = {},
): Tensor {
  const [from, to] = [student, teacher].map((logits) => mul(logits, 1 / temperature));
  const lack = sum(mul(softmax(to), sub(logSoftmax(to), logSoftmax(from))), { axes: [1] });
  return mul(reduceAll(lack, 'mean'), temperature ** 2);
}

/** The cosine of the angle between rows. `a`, `b`: [N, D] → [N]. A row of zeros has cosine 0. */
export function cosineSimilarity(a: Tensor, b: Tensor): Tensor {
  const dot = (x: Tensor, y: Tensor) => sum(mul(x, y), { axes: [1] });
  return div(dot(a, b), sqrt(mul(add(dot(a, a), tiny), add(dot(b, b), tiny))));
}

const tiny = 1e-12;

/**
 * 1 − cos where `target` is 1, max(0, cos − margin) where it is −1. `a`, `b`: [N, D], `target`: int32 [N] → [] or [N].
 */
export function cosineEmbeddingLoss(
  a: Tensor,
  b: Tensor,
  target: Tensor,
  { reduction = 'mean', margin = 0 }: Options & { readonly margin?: number } = {},
): Tensor {
  const cosine = cosineSimilarity(a, b);
  return reduceAll(
    where(less(0, cast(target, { dtype: 'float' })), sub(1, cosine), relu(sub(cosine, margin))),
    reduction,
  );
}
