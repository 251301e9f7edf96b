import { add, mul, reshape, sum, type Tensor } from '../../graph/index.ts';
import { cast, exp, linear, matmul, range, sigmoid, slice, square, sub, tanh } from '../../ops/index.ts';
import { kaimingUniform, xavierUniform } from '../initializer.ts';
import type { Scope } from '../scope.ts';

/** Widths: of a query (Q), of the memory (D), and inside additive scores and predictions (A). */
export interface AlignmentSizes {
  readonly query: number;
  readonly memory: number;
  readonly inner: number;
  /** Half the width of a local window, tokens; 10 when absent. */
  readonly window?: number;
}

/** A score of how well a query and an annotation match: one row of {@link alignmentScores}. */
export interface AlignmentScore {
  /** Computed from the memory once for all queries. [B, S, D] → [B, S, ...]. */
  keys(scope: Scope, sizes: AlignmentSizes, memory: Tensor): Tensor;
  /** e[t, s]. `query`: [B, T, Q] → [B, T, S]. */
  score(scope: Scope, sizes: AlignmentSizes, query: Tensor, keys: Tensor): Tensor;
  /** A factor on the weights after the softmax, [B, T, S]. `mask`: float [B, 1, S]. */
  window?(scope: Scope, sizes: AlignmentSizes, query: Tensor, mask: Tensor): Tensor;
}

const column = (scope: Scope, name: string, size: number): Tensor =>
  reshape(
    scope.parameter(name, [size], (_, uniform) => xavierUniform()([1, size], uniform)),
    { shape: [1, size] },
  );

/** vᵀ·tanh(q + k). `q`: [B, T, A], `k`: [B, S, A], `v`: [1, A] → [B, T, S]. */
function additive(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const [batch, time, width] = q.shape;
  const source = k.shape[1];
  const sums = add(reshape(q, { shape: [batch, time, 1, width] }), reshape(k, { shape: [batch, 1, source, width] }));
  return reshape(linear(tanh(sums), v), { shape: [batch, time, source] });
}

/**
 * exp(−(s − p)²/(2σ²)) around the predicted position p = S·σ(v_pᵀ·tanh(W_p·q)), S the row's length, σ half of `window`.
 * Tapped as `alignment_positions`, [B, T, 1].
 */
function predictedWindow(
  scope: Scope,
  { query: width, inner, window = 10 }: AlignmentSizes,
  query: Tensor,
  mask: Tensor,
) {
  const source = mask.shape[2];
  const hidden = tanh(linear(query, scope.parameter('W_p', [inner, width], kaimingUniform())));
  const share = sigmoid(linear(hidden, column(scope, 'v_p', inner)));
  const positions = mul(share, sum(mask, { axes: [2], keepDims: true }));
  scope.trace.tap('alignment_positions', positions);
  const at = reshape(cast(range({ size: source }), { dtype: 'float' }), { shape: [1, 1, source] });
  return exp(mul(square(sub(at, positions)), -1 / (2 * (window / 2) ** 2)));
}

const products = (query: Tensor, keys: Tensor): Tensor => matmul(query, keys, { transposeB: true });

/**
 * Scores of queries s (a decoder's state) and annotations h by the papers' names.
 *
 * Source: Bahdanau, Cho & Bengio 2015, section A.1.2 (additive); Luong, Pham & Manning 2015, eq. 8 (dot, general, concat),
 * 9 and 10 (local);
 * Vaswani et al. 2017, eq. 1 (scaled_dot).
 */
export const alignmentScores = {
  /** vₐᵀ·tanh(Wₐ·s + Uₐ·h + bₐ) */
  additive: {
    keys: (scope, { memory: width, inner }, memory) => {
      const u = scope.parameter('U_a', [inner, width], kaimingUniform());
      return linear(
        memory,
        u,
        scope.parameter('b_a', [inner], (shape) => new Float32Array(shape[0]), { part: 'bias' }),
      );
    },
    score: (scope, { query: width, inner }, query, keys) => {
      const w = scope.parameter('W_a', [inner, width], kaimingUniform());
      return additive(linear(query, w), keys, column(scope, 'v_a', inner));
    },
  },
  /** sᵀ·h */
  dot: {
    keys: (_, __, memory) => memory,
    score: (_, __, query, keys) => products(query, keys),
  },
  /** sᵀ·h/√D */
  scaled_dot: {
    keys: (_, { memory: width }, memory) => mul(memory, 1 / Math.sqrt(width)),
    score: (_, __, query, keys) => products(query, keys),
  },
  /** sᵀ·Wₐ·h */
  general: {
    keys: (scope, { query, memory: width }, memory) =>
      linear(memory, scope.parameter('W_a', [query, width], kaimingUniform())),
    score: (_, __, query, keys) => products(query, keys),
  },
  /** vₐᵀ·tanh(Wₐ·[s; h]) */
  concat: {
    keys: (scope, sizes, memory) => linear(memory, concatWeight(scope, sizes).memory),
    score: (scope, sizes, query, keys) =>
      additive(linear(query, concatWeight(scope, sizes).query), keys, column(scope, 'v_a', sizes.inner)),
  },
  /** `general` in a window around a predicted position (local-p). */
  local: {
    keys: (scope, { query, memory: width }, memory) =>
      linear(memory, scope.parameter('W_a', [query, width], kaimingUniform())),
    score: (_, __, query, keys) => products(query, keys),
    window: predictedWindow,
  },
} satisfies Record<string, AlignmentScore>;

/** A way of scoring by its name in recipes. */
export type AlignmentScoreName = keyof typeof alignmentScores;

/** Wₐ·[s; h] = W_s·s + W_h·h. */
function concatWeight(scope: Scope, { query, memory, inner }: AlignmentSizes) {
  const weight = scope.parameter('W_a', [inner, query + memory], kaimingUniform());
  return {
    query: slice(weight, { axis: 1, start: 0, end: query }),
    memory: slice(weight, { axis: 1, start: query, end: query + memory }),
  };
}
