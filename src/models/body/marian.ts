import { add, mul, reshape, type Tensor } from '../../graph/index.ts';
import {
  type BlockConfig,
  bothMasks,
  causalMask,
  embed,
  type KeyValue,
  keyValue,
  normal,
  normalWithPadding,
  paddingMask,
  positionRows,
  type Scope,
  sinusoidalPositions,
  transformerBlock,
  zeros,
} from '../../nn/index.ts';
import { concat } from '../../ops/index.ts';
import { type MarianConfig, targetVocabularySize } from '../families/marian-config.ts';
import type {
  SequenceToSequenceInputs,
  SequenceToSequenceModel,
  StateTensor,
  StepInput,
  StepOutput,
} from './decoder.ts';

type Side = 'encoder' | 'decoder';

/**
 * Marian, the encoder–decoder Transformer of 2017 as a configuration: post-norm, sinusoidal positions, scaled and tied
 * embeddings. Parameters have the names of Transformers' `MarianMTModel`.
 *
 * Source: Vaswani et al. 2017; Junczys-Dowmunt et al. 2018.
 */
export function marian(config: MarianConfig): SequenceToSequenceModel {
  const { d_model: width, decoder_layers: layers, decoder_attention_heads: heads } = config;
  const cacheName = (layer: number, side: Side, part: 'key' | 'value') => `past_key_values.${layer}.${side}.${part}`;
  const slotNames = Array.from({ length: layers }, (_, layer) => [
    cacheName(layer, 'decoder', 'key'),
    cacheName(layer, 'decoder', 'value'),
  ]).flat();

  return {
    vocabulary: { source: config.vocab_size, target: targetVocabularySize(config) },
    maxPositions: config.max_position_embeddings,

    hidden: (root, inputs) => decodeAll(root, config, inputs),
    head: (root) => head(root, config),

    start(root, { input_ids, attention_mask }) {
      const memory = encode(root, config, input_ids, attention_mask);
      const state: Record<string, StateTensor> = {
        encoder_attention_mask: { tensor: paddingMask(attention_mask), kind: 'source' },
      };
      for (let layer = 0; layer < layers; layer++) {
        const { key, value } = crossKeyValue(root, config, layer, memory);
        state[cacheName(layer, 'encoder', 'key')] = { tensor: key, kind: 'source' };
        state[cacheName(layer, 'encoder', 'value')] = { tensor: value, kind: 'source' };
      }
      return state;
    },

    slots: Object.fromEntries(slotNames.map((name) => [name, [heads, width / heads]])),

    step(root, state, { tokens, position, visible }: StepInput): StepOutput {
      const next: Record<string, StateTensor> = { ...state };
      let h = embedTokens(root, config, 'decoder', tokens, position);
      for (let layer = 0; layer < layers; layer++) {
        const block = blockOf(config, 'decoder');
        const memory = {
          keyValue: {
            key: state[cacheName(layer, 'encoder', 'key')].tensor,
            value: state[cacheName(layer, 'encoder', 'value')].tensor,
          },
          mask: state.encoder_attention_mask.tensor,
        };
        const withPast = (own: KeyValue): KeyValue => {
          const grown = (part: 'key' | 'value'): Tensor => {
            const name = cacheName(layer, 'decoder', part);
            const past: StateTensor | undefined = state[name];
            const tensor = past ? concat([past.tensor, own[part]], { axis: 2 }) : own[part];
            next[name] = { tensor, kind: 'slots' };
            return tensor;
          };
          return { key: grown('key'), value: grown('value') };
        };
        const { output, crossAttention } = root
          .at('model')
          .layer(`decoder.layers.${layer}`, (scope) =>
            transformerBlock(scope, block, h, visible, { memory, selfKeyValue: withPast }),
          );
        if (crossAttention) root.trace.tap(`cross_attentions.${layer}`, crossAttention);
        h = output;
      }
      return { hidden: h, state: next };
    },
  };
}

function blockOf(config: MarianConfig, side: Side): BlockConfig {
  const weightInitializer = normal(0, config.init_std);
  const shared = { width: config.d_model, weightInitializer, biasInitializer: zeros };
  const [heads, innerWidth] =
    side === 'encoder'
      ? [config.encoder_attention_heads, config.encoder_ffn_dim]
      : [config.decoder_attention_heads, config.decoder_ffn_dim];
  return {
    attention: { ...shared, heads, dropout: config.attention_dropout },
    feedForward: {
      ...shared,
      innerWidth,
      activation: config.activation_function,
      dropout: config.activation_dropout,
    },
    normPlace: 'post',
    dropout: config.dropout,
  };
}

/** The embedding table of one side, tied or its own. [V, D]. */
function table(root: Scope, config: MarianConfig, side: Side): Tensor {
  const path = config.share_encoder_decoder_embeddings ? 'model.shared' : `model.${side}.embed_tokens`;
  const rows = side === 'decoder' ? targetVocabularySize(config) : config.vocab_size;
  const initializer = normalWithPadding(config.init_std, config.pad_token_id);
  return root.at(path).parameter('weight', [rows, config.d_model], initializer);
}

/** The output layer: tied to the decoder's table or separate; the bias is saved but not trained. */
function head(root: Scope, config: MarianConfig): { weight: Tensor; bias: Tensor } {
  const tied = table(root, config, 'decoder');
  const [rows, width] = tied.shape as readonly number[];
  const weight = config.tie_word_embeddings
    ? tied
    : root.at('lm_head').parameter('weight', [rows, width], normal(0, config.init_std));
  const bias = root.parameter('final_logits_bias', [1, rows], zeros, false);
  return { weight, bias: reshape(bias, { shape: [rows] }) };
}

/** Scaled embeddings plus positions. `ids`: int32 [B, T] → [B, T, D]; all at `position` when that is given (int32 [1]). */
function embedTokens(root: Scope, config: MarianConfig, side: Side, ids: Tensor, position?: Tensor): Tensor {
  const vectors = embed(table(root, config, side), ids, config.pad_token_id);
  const scaled = config.scale_embedding ? mul(vectors, Math.sqrt(config.d_model)) : vectors;
  const positions = sinusoidalPositions(config.max_position_embeddings, config.d_model);
  return root.at(`model.${side}`).dropout(add(scaled, positionRows(positions, ids.shape[1], position)), config.dropout);
}

function encode(root: Scope, config: MarianConfig, ids: Tensor, attentionMask: Tensor): Tensor {
  const { trace } = root;
  const mask = paddingMask(attentionMask);
  let h = trace.tap('encoder_hidden_states.0', embedTokens(root, config, 'encoder', ids));
  for (let layer = 0; layer < config.encoder_layers; layer++) {
    const { output, selfAttention } = root
      .at('model')
      .layer(`encoder.layers.${layer}`, (scope) => transformerBlock(scope, blockOf(config, 'encoder'), h, mask));
    trace.tap(`encoder_attentions.${layer}`, selfAttention);
    h = trace.tap(`encoder_hidden_states.${layer + 1}`, output);
  }
  return h;
}

/** Keys and values that a decoder layer's cross-attention reads: [B, H, S, K]. */
const crossKeyValue = (root: Scope, config: MarianConfig, layer: number, memory: Tensor): KeyValue =>
  root
    .at('model')
    .layer(`decoder.layers.${layer}.encoder_attn`, (scope) =>
      keyValue(scope, blockOf(config, 'decoder').attention, memory),
    );

function decodeAll(root: Scope, config: MarianConfig, inputs: SequenceToSequenceInputs): Tensor {
  const { trace } = root;
  const { input_ids, attention_mask, decoder_input_ids, decoder_attention_mask } = inputs;
  const memory = encode(root, config, input_ids, attention_mask);
  const memoryMask = paddingMask(attention_mask);
  const causal = causalMask(decoder_input_ids.shape[1]);
  const mask = decoder_attention_mask ? bothMasks(causal, paddingMask(decoder_attention_mask)) : causal;
  let h = trace.tap('decoder_hidden_states.0', embedTokens(root, config, 'decoder', decoder_input_ids));
  for (let layer = 0; layer < config.decoder_layers; layer++) {
    const cross = { memory: { keyValue: crossKeyValue(root, config, layer, memory), mask: memoryMask } };
    const { output, selfAttention, crossAttention } = root
      .at('model')
      .layer(`decoder.layers.${layer}`, (scope) => transformerBlock(scope, blockOf(config, 'decoder'), h, mask, cross));
    trace.tap(`decoder_attentions.${layer}`, selfAttention);
    if (crossAttention) trace.tap(`cross_attentions.${layer}`, crossAttention);
    h = trace.tap(`decoder_hidden_states.${layer + 1}`, output);
  }
  return h;
}
