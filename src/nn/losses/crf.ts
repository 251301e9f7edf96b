import {
  add,
  constantTensor,
  gather,
  mul,
  mulDim,
  reshape,
  scan,
  subDim,
  sum,
  type Tensor,
  zerosOf,
} from '../../graph/index.ts';
import {
  concat,
  exp,
  log,
  logSumExp,
  matmul,
  reduceMax,
  slice,
  stopGradient,
  sub,
  takeAlong,
  transpose,
} from '../../ops/index.ts';
import { uniform } from '../initializer.ts';
import type { Part, Scope } from '../scope.ts';

/** Scores between neighbouring tags; K is the number of tags. */
export interface CrfScores {
  /** Of a sequence that starts with a tag, [K]. */
  readonly start: Tensor;
  /** Of tag j after tag i, [K, K]: transitions[i][j]. */
  readonly transitions: Tensor;
  /** Of a sequence that ends with a tag, [K]. */
  readonly end: Tensor;
}

/** The parameters of a linear-chain CRF: `start_transitions`, `transitions`, `end_transitions`. */
export function crfScores(scope: Scope, tags: number): CrfScores {
  const own = (name: string, part: Part, ...shape: number[]) =>
    scope.parameter(name, shape, uniform(-0.1, 0.1), { part });
  return {
    start: own('start_transitions', 'bias', tags),
    transitions: own('transitions', 'head', tags, tags),
    end: own('end_transitions', 'bias', tags),
  };
}

/**
 * log Z: the logarithm of the sum of e^score over all tag sequences.
 *
 * `emissions`: [B, T, K] with T ≥ 2, `mask`: float [B, T], 1 where there is text, padding on the right → [B]. Its
 * gradient with respect to `emissions` is the marginal probabilities p(tag at t). The sum over the previous tag is one
 * matrix product with e^transitions, so a transition must stay above −80. The product is exact: bfloat16 would round log Z
 * with it, which grows with the length and needs its digits.
 *
 * Source: Lafferty, McCallum & Pereira 2001; Sutton & McCallum 2012, section 4.1 (forward algorithm).
 */
export function crfLogPartition({ start, transitions, end }: CrfScores, emissions: Tensor, mask: Tensor): Tensor {
  const [batch, time, tags] = emissions.shape;
  const byTime = transpose(emissions, { permutation: [1, 0, 2] });
  const isText = reshape(transpose(mask, { permutation: [1, 0] }), { shape: [time, batch, 1] });
  const first = reshape(slice(byTime, { axis: 0, start: 0, end: 1 }), { shape: [batch, tags] });
  const later = [byTime, isText].map((x) => slice(x, { axis: 0, start: 1, end: time }));
  const factors = exp(transitions);
  const { carries } = scan({ carries: [add(first, start)], sequences: later }, ([alpha], [emission, here]) => {
    const top = stopGradient(reduceMax(alpha, { axes: [1], keepDims: true }));
    const summed = add(log(matmul(exp(sub(alpha, top)), factors, { isExact: true })), top);
    const next = add(summed, emission);
    return { carries: [add(alpha, mul(here, sub(next, alpha)))], outputs: [] };
  });
  return reshape(logSumExp(add(carries[0], end)), { shape: [batch] });
}

/**
 * The score of given tag sequences: start + emissions + transitions + end. `tags`: int32 [B, T], any value at padding;
 * the other inputs as in {@link crfLogPartition} → [B]. Every row has at least one token.
 */
export function crfSequenceScore(
  { start, transitions, end }: CrfScores,
  emissions: Tensor,
  tags: Tensor,
  mask: Tensor,
): Tensor {
  const [batch, time, count] = emissions.shape;
  const total = (x: Tensor) => sum(x, { axes: [1] });
  const from = (x: Tensor) => slice(x, { axis: 1, start: 1, end: time });
  const own = reshape(takeAlong(emissions, reshape(tags, { shape: [batch, time, 1] })), { shape: [batch, time] });
  const before = slice(tags, { axis: 1, start: 0, end: subDim(time, 1) });
  const pairs = add(mul(before, constantTensor([count as number], [], 'int32')), from(tags));
  const table = reshape(transitions, { shape: [mulDim(count, count)] });
  const next = concat([from(mask), zerosOf([batch, 1])], { axis: 1 });
  const first = reshape(slice(gather(start, tags), { axis: 1, start: 0, end: 1 }), { shape: [batch] });
  const inner = add(total(mul(own, mask)), total(mul(gather(table, pairs), from(mask))));
  return add(add(first, inner), total(mul(gather(end, tags), sub(mask, next))));
}
