import {
  type AttentionConfig,
  type BlockConfig,
  bucketBias,
  constant,
  type FeedForwardConfig,
  normal,
  type PositionUse,
} from '../../../nn/index.ts';
import type { StackSpec, TableSpec } from '../../body/transformer-spec.ts';
import { activationOf, type T5Config } from './config.ts';

/** A side of an encoder–decoder, and the path of its stack. */
export type Side = 'encoder' | 'decoder';

/** Standard deviation of initial weights: initializer_factor/√fan. Source: transformers 5.24.0 modeling_t5.py, _init_weights. */
export const deviationOf = ({ initializer_factor: factor }: T5Config, fan: number): number => factor / Math.sqrt(fan);

const initial = (config: T5Config, fan: number) => normal(0, deviationOf(config, fan));

/** Attention without biases, whose scores are not scaled: the initial queries are smaller instead. */
function attentionOf(config: T5Config): AttentionConfig {
  const { d_model: width, d_kv: headWidth, num_heads: heads } = config;
  return {
    ...{ width, heads, headWidth, headValueWidth: headWidth },
    hasBias: false,
    scale: 1,
    dropout: config.dropout_rate,
    weightInitializer: initial(config, width),
    initializers: { query: initial(config, width * headWidth), out: initial(config, heads * headWidth) },
    names: { query: 'q', key: 'k', value: 'v', out: 'o' },
  };
}

/** The feed-forward network at a path, with a gate in T5 1.1. */
function feedForwardOf(config: T5Config, path: string): FeedForwardConfig {
  const { d_model: width, d_ff: innerWidth } = config;
  const { name, isGated } = activationOf(config.feed_forward_proj);
  const at = `${path}.DenseReluDense`;
  return {
    ...{ width, innerWidth, activation: name, isGated },
    hasBias: false,
    dropout: config.dropout_rate,
    weightInitializer: initial(config, width),
    initializers: { outer: initial(config, innerWidth) },
    names: { inner: isGated ? `${at}.wi_1` : `${at}.wi`, outer: `${at}.wo`, gate: `${at}.wi_0` },
  };
}

/** A block: its sublayers are the items of `layer`, of which an encoder has no second. */
function blockOf(config: T5Config, side: Side): BlockConfig {
  const last = side === 'encoder' ? 'layer.1' : 'layer.2';
  return {
    attention: attentionOf(config),
    feedForward: feedForwardOf(config, last),
    normPlace: 'pre',
    normType: 'rms_norm',
    normInitializer: constant(config.initializer_factor),
    eps: config.layer_norm_epsilon,
    dropout: config.dropout_rate,
    names: {
      self: 'layer.0.SelfAttention',
      selfNorm: 'layer.0.layer_norm',
      cross: 'layer.1.EncDecAttention',
      crossNorm: 'layer.1.layer_norm',
      feedForwardNorm: `${last}.layer_norm`,
    },
  };
}

/** A learned number for every distance bucket and head, in the first block and for all of them. */
function distancesOf(config: T5Config, side: Side): PositionUse {
  const { num_heads: heads, relative_attention_num_buckets: count } = config;
  const buckets = {
    ...{ count, maxDistance: config.relative_attention_max_distance },
    isBidirectional: side === 'encoder',
  };
  return {
    bias(stack, places) {
      const at = stack.at('block.0.layer.0.SelfAttention.relative_attention_bias');
      const table = at.parameter('weight', [count, heads], initial(config, config.d_model), { part: 'relative' });
      const bias = bucketBias(table, buckets, places);
      return () => bias;
    },
  };
}

/** The table that both sides read their tokens from. [V, D]. */
const tableOf = (config: T5Config): TableSpec => ({
  at: 'shared',
  rows: config.vocab_size,
  width: config.d_model,
  initializer: normal(0, config.initializer_factor),
});

/**
 * One side's stack, with Transformers' names.
 *
 * @param taps prefix of the names of tapped tensors.
 */
export const stackOf = (config: T5Config, side: Side, taps: string): StackSpec => ({
  at: side,
  embed: [{ words: tableOf(config) }, { drop: config.dropout_rate, at: side }],
  layers: side === 'encoder' ? config.num_layers : (config.num_decoder_layers ?? config.num_layers),
  layer: (index) => `block.${index}`,
  block: () => blockOf(config, side),
  relation: distancesOf(config, side),
  end: [{ norm: `${side}.final_layer_norm` }, { drop: config.dropout_rate, at: `${side}.final_layer_norm` }],
  prefix: taps,
});
