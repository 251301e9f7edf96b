import { add, mul, type Tensor } from '../../graph/index.ts';
import { attendingRows, matmul, mergeHeads, openSoftmax, scaledScores, splitHeads } from '../../ops/index.ts';
import type { Initializer } from '../initializer.ts';
import type { Part, Scope } from '../scope.ts';
import { type Dense, linear } from './linear.ts';

/** Widths, heads and initial weights of multi-head attention. */
export interface AttentionConfig {
  /** Width of queries and of the result, D. */
  readonly width: number;
  readonly heads: number;
  /** Width of the input of keys and values; `width` when absent. */
  readonly keyWidth?: number;
  readonly valueWidth?: number;
  /** Width of a head's keys and of its values; D/H when absent. */
  readonly headWidth?: number;
  readonly headValueWidth?: number;
  readonly hasBias?: boolean;
  /** What scores are multiplied by; 1/√K when absent. */
  readonly scale?: number;
  /** Dropout on the weights. */
  readonly dropout?: number;
  readonly weightInitializer?: Initializer;
  readonly biasInitializer?: Initializer;
  /** Initial weights of single projections, in place of `weightInitializer`. */
  readonly initializers?: Readonly<Partial<Record<Part, Initializer>>>;
  /** The names of the four projections; BART’s when absent. */
  readonly names?: AttentionNames;
  /** The form of the projections; {@link linear} when absent. */
  readonly dense?: Dense;
  /** Queries, keys and values of one sequence by layers of its own, in place of three projections. `x`: [B, T, D]. */
  readonly project?: (scope: Scope, x: Tensor) => Projected;
  /** Compares queries with keys and mixes values in its own way, without `scale`, `dropout` and relations. */
  readonly mix?: (scope: Scope, projected: Projected, mask: Tensor) => Mixed;
}

/** Paths of the projections of queries, keys and values, and of all heads' results. */
export interface AttentionNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly out: string;
}

/** Name of the projection of all heads' results, `weight` [D, H·Kv], in which the columns of a head lie side by side. */
export const outputProjection = 'out_proj';

/** BART's names. */
const attentionNames: AttentionNames = { query: 'q_proj', key: 'k_proj', value: 'v_proj', out: outputProjection };

/** Keys and values of a sequence, split into heads: [B, H, S, K] and [B, H, S, Kv]. */
export interface KeyValue {
  readonly key: Tensor;
  readonly value: Tensor;
}

/** Queries, [B, H, T, K], keys and values of one sequence. */
export interface Projected extends KeyValue {
  readonly query: Tensor;
}

/** Values mixed for every query, [B, H, T, Kv], and the weights that are shown for it, [B, H, T, S]. */
export interface Mixed {
  readonly context: Tensor;
  readonly weights: Tensor;
}

/** What attention does besides comparing queries with keys; absent parts do nothing. */
export interface Relation {
  /** Applied to queries, and to a sequence's own keys, before they are compared. [B, H, T, K] → [B, H, T, K]. */
  readonly turn?: (x: Tensor) => Tensor;
  /** Added to the scaled scores of `query` ([B, H, T, K]): [B|1, H|1, T|1, S]. */
  readonly bias?: (scope: Scope, query: Tensor) => Tensor;
  /** Added to the result of the `weights` ([B, H, T, S]): [B, H, T, Kv]. */
  readonly context?: (scope: Scope, weights: Tensor) => Tensor;
}

const keyHeadWidth = ({ width, heads, headWidth }: AttentionConfig): number => headWidth ?? width / heads;
const valueHeadWidth = (config: AttentionConfig): number => config.headValueWidth ?? config.width / config.heads;

function projection(
  scope: Scope,
  config: AttentionConfig,
  name: string,
  part: Part,
  inFeatures: number,
  outFeatures: number,
  x: Tensor,
): Tensor {
  const { hasBias, biasInitializer, dense = linear } = config;
  const weightInitializer = config.initializers?.[part] ?? config.weightInitializer;
  return scope.layer(name, (at) =>
    dense(at, { inFeatures, outFeatures, hasBias, weightInitializer, biasInitializer, part }, x),
  );
}

/** Keys and values of `keys` and `values` ([B, S, ...]), by default the parameters `k_proj`, `v_proj`. */
export function keyValue(scope: Scope, config: AttentionConfig, keys: Tensor, values: Tensor = keys): KeyValue {
  const { width, heads, names = attentionNames } = config;
  const [k, v] = [keyHeadWidth(config), valueHeadWidth(config)];
  const key = projection(scope, config, names.key, 'key', config.keyWidth ?? width, heads * k, keys);
  const value = projection(scope, config, names.value, 'value', config.valueWidth ?? width, heads * v, values);
  return { key: splitHeads(key, heads, k), value: splitHeads(value, heads, v) };
}

/** Queries of `x` ([B, T, D]), by default the parameters `q_proj`. [B, H, T, K]. */
export function queries(scope: Scope, config: AttentionConfig, x: Tensor): Tensor {
  const { width, heads, names = attentionNames } = config;
  const k = keyHeadWidth(config);
  return splitHeads(projection(scope, config, names.query, 'query', width, heads * k, x), heads, k);
}

/** Queries, keys and values of one sequence, [B, T, D]. `pick`: the positions that ask; all when absent. */
export function projected(scope: Scope, config: AttentionConfig, x: Tensor, pick = (all: Tensor) => all): Projected {
  if (config.project) return config.project(scope, x);
  const own = keyValue(scope, config, x);
  return { ...own, query: queries(scope, config, pick(x)) };
}

/** Values mixed by softmax(q·kᵀ). The `turn` of a relation applies only to the queries: the keys are turned already. */
function mixed(
  scope: Scope,
  { scale, dropout = 0 }: AttentionConfig,
  { query: unturned, key, value }: Projected,
  mask: Tensor,
  { turn = (t) => t, bias, context }: Relation,
): Mixed {
  const query = turn(unturned);
  const scores = scaledScores(query, key, scale);
  const open = openSoftmax(bias ? add(scores, bias(scope, query)) : scores, mask);
  const dropped = scope.at('attn').dropout(open, dropout);
  const seen = matmul(dropped, value, {});
  const rows = attendingRows(mask);
  return { context: mul(context ? add(seen, context(scope, dropped)) : seen, rows), weights: mul(open, rows) };
}

/**
 * Multi-head attention of `query` ([B, H, T, K]) over given keys and values, by default the parameter `out_proj`.
 *
 * `mask`: float [B|1, 1, T|1, S], 1 where attention is allowed → [B, T, D] and the weights [B, H, T,
 * S]. `relation` adds positions.
 *
 * Source: Vaswani et al. 2017, section 3.2.2.
 */
export function attend(
  scope: Scope,
  config: AttentionConfig,
  query: Tensor,
  { key, value }: KeyValue,
  mask: Tensor,
  relation: Relation = {},
): { readonly output: Tensor; readonly weights: Tensor } {
  const { width, heads, mix, names = attentionNames } = config;
  const own = { query, key, value };
  const { context, weights } = mix ? mix(scope, own, mask) : mixed(scope, config, own, mask, relation);
  const outer = heads * valueHeadWidth(config);
  return { output: projection(scope, config, names.out, 'out', outer, width, mergeHeads(context)), weights };
}

/** Multi-head self-attention, or cross-attention when `memory` is given. `x`: [B, T, D], `memory`: [B, S, D']. */
export function multiHeadAttention(scope: Scope, config: AttentionConfig, x: Tensor, mask: Tensor, memory: Tensor = x) {
  const own = keyValue(scope, config, memory);
  return attend(scope, config, queries(scope, config, x), own, mask);
}
