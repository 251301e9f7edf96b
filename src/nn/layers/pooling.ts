/** How the vectors of a sequence's tokens become one vector. */
import { add, mul, reshape, sum, type Tensor } from '../../graph/index.ts';
import { cast, div, equal, maximum, range, reduceMax, slice, softmax, sub, tanh } from '../../ops/index.ts';
import type { Scope } from '../scope.ts';
import { linear } from './linear.ts';

/** `hidden`: [B, T, D], `mask`: float [B, T], 1 where there is text, from the left → [B, D]. */
export type Pooling = (scope: Scope, hidden: Tensor, mask: Tensor) => Tensor;

/** Value of a position that must win no maximum and get no attention. */
const farBelow = 1e9;

/** Σₜ weight[b, t]·hidden[b, t]. `weights`: [B, T] → [B, D]. */
const weighted = (hidden: Tensor, weights: Tensor): Tensor =>
  sum(mul(hidden, reshape(weights, { shape: [...weights.shape, 1] })), { axes: [1] });

/** 0 where there is text, a large negative number elsewhere. */
const penalty = (mask: Tensor): Tensor => mul(sub(mask, 1), farBelow);

/** Mean over the tokens of the text; zeros where there is none. */
const mean: Pooling = (_, hidden, mask) => {
  const length = maximum(sum(mask, { axes: [1], keepDims: true }), 1);
  return weighted(hidden, div(mask, length));
};

/** The largest value of every dimension over the tokens of the text. */
const max: Pooling = (_, hidden, mask) =>
  reduceMax(add(hidden, reshape(penalty(mask), { shape: [...mask.shape, 1] })), { axes: [1] });

/** The vector of the first token. */
const first: Pooling = (_, hidden) => {
  const [batch, , width] = hidden.shape;
  return reshape(slice(hidden, { axis: 1, start: 0, end: 1 }), { shape: [batch, width] });
};

/** The vector of the last token. */
const last: Pooling = (_, hidden, mask) => {
  const [batch, time] = mask.shape;
  const place = sub(sum(mask, { axes: [1], keepDims: true }), 1);
  const places = reshape(cast(range({ size: time }), { dtype: 'float' }), { shape: [1, time] });
  return weighted(hidden, mul(cast(equal(places, place), { dtype: 'float' }), reshape(mask, { shape: [batch, time] })));
};

/**
 * Additive attention with one learnt query: weights softmax(v·tanh(W·h + b)), tapped as `pooling_attention` ([B, T]).
 * Parameters: `pooler.dense.weight` [D, D], `pooler.dense.bias` [D], `pooler.query.weight` [1, D].
 *
 * Source: Yang et al. 2016, eq. 5–7.
 */
const attention: Pooling = (scope, hidden, mask) => {
  const [batch, time, width] = hidden.shape;
  const size = Number(width);
  const scores = scope.layer('pooler', (pooler) => {
    const dense = { inFeatures: size, outFeatures: size };
    const keys = tanh(pooler.layer('dense', (at) => linear(at, dense, hidden)));
    const query = { inFeatures: size, outFeatures: 1, hasBias: false };
    return reshape(
      pooler.layer('query', (at) => linear(at, query, keys)),
      { shape: [batch, time] },
    );
  });
  const weights = mul(softmax(add(scores, penalty(mask))), mask);
  return weighted(hidden, scope.trace.tap('pooling_attention', weights));
};

/** Every pooling by its name. */
export const poolings = { mean, max, first, last, attention } satisfies Record<string, Pooling>;

/** A pooling by its name in recipes. */
export type PoolingName = keyof typeof poolings;
