import type { Tensor } from '../../graph/index.ts';
import {
  bothMasks,
  causalMask,
  type KeyValue,
  keyValue,
  type PositionSchemes,
  paddingMask,
  placesFrom0,
  type Scope,
} from '../../nn/index.ts';
import { mostTokens } from '../families/transformer-fields.ts';
import { type TransformerSeq2SeqConfig, targetSize } from '../families/transformer-seq2seq-config.ts';
import { languageHead } from '../heads/language-head.ts';
import { attentionSlots, stepPlaces, withPast } from './attention-cache.ts';
import type { SequenceToSequenceModel, StateTensor } from './decoder.ts';
import { runStack, tokenTable, transformerStack } from './stack.ts';

const memoryName = (layer: number, part: keyof KeyValue): string => `past_key_values.${layer}.encoder.${part}`;

/**
 * An encoder–decoder Transformer in which every choice is a field. Its parameters are under `model.encoder`,
 * `model.decoder` and `model.shared`, those of the output layer under `lm_head`. Self-attention gets positions,
 * cross-attention does not.
 *
 * Source: Vaswani et al. 2017.
 */
export function transformerSeq2Seq(
  config: TransformerSeq2SeqConfig,
  schemes: PositionSchemes,
): SequenceToSequenceModel {
  const layers = config.num_decoder_layers ?? config.num_hidden_layers;
  const encoder = { layers: config.num_hidden_layers, isCausal: false, prefix: 'encoder_' };
  const sides = {
    encoder: transformerStack(config, schemes, encoder),
    decoder: transformerStack(config, schemes, { layers, isCausal: true, prefix: 'decoder_' }),
  };
  const { attention } = sides.decoder.block;

  const table = (root: Scope, side: 'encoder' | 'decoder'): Tensor => {
    if (config.share_encoder_decoder_embeddings) return tokenTable(root.at('model.shared'), config, config.vocab_size);
    const rows = side === 'encoder' ? config.vocab_size : targetSize(config);
    return tokenTable(root.at(`model.${side}.embed_tokens`), config, rows);
  };

  const encode = (root: Scope, ids: Tensor, mask: Tensor): Tensor => {
    const places = placesFrom0(ids.shape[1]);
    return runStack(root.at('model.encoder'), sides.encoder, {
      ids,
      table: table(root, 'encoder'),
      mask: paddingMask(mask),
      places: { query: places, key: places },
    });
  };

  const memoryKeyValue = (root: Scope, memory: Tensor, layer: number): KeyValue =>
    root.at('model.decoder').layer(`layers.${layer}.encoder_attn`, (scope) => keyValue(scope, attention, memory));

  return {
    vocabulary: { source: config.vocab_size, target: targetSize(config) },
    maxPositions: mostTokens(config, schemes),
    slots: attentionSlots(layers, attention),
    head: (root) => languageHead(root, config, table(root, 'decoder')),

    hidden(root, { input_ids, attention_mask, decoder_input_ids, decoder_attention_mask }) {
      const memory = encode(root, input_ids, attention_mask);
      const time = decoder_input_ids.shape[1];
      const places = placesFrom0(time);
      const causal = causalMask(time);
      const memoryMask = paddingMask(attention_mask);
      return runStack(root.at('model.decoder'), sides.decoder, {
        ids: decoder_input_ids,
        table: table(root, 'decoder'),
        mask: decoder_attention_mask ? bothMasks(causal, paddingMask(decoder_attention_mask)) : causal,
        places: { query: places, key: places },
        context: (layer) => ({ memory: { keyValue: memoryKeyValue(root, memory, layer), mask: memoryMask } }),
      });
    },

    start(root, { input_ids, attention_mask }) {
      const memory = encode(root, input_ids, attention_mask);
      const state: Record<string, StateTensor> = {
        encoder_attention_mask: { tensor: paddingMask(attention_mask), kind: 'source' },
      };
      for (let layer = 0; layer < layers; layer++) {
        const { key, value } = memoryKeyValue(root, memory, layer);
        state[memoryName(layer, 'key')] = { tensor: key, kind: 'source' };
        state[memoryName(layer, 'value')] = { tensor: value, kind: 'source' };
      }
      return state;
    },

    step(root, state, step) {
      const next: Record<string, StateTensor> = { ...state };
      const part = (layer: number, name: keyof KeyValue) => state[memoryName(layer, name)].tensor;
      const hidden = runStack(root.at('model.decoder'), sides.decoder, {
        ids: step.tokens,
        table: table(root, 'decoder'),
        mask: step.visible,
        places: stepPlaces(step),
        context: (layer) => ({
          memory: {
            keyValue: { key: part(layer, 'key'), value: part(layer, 'value') },
            mask: state.encoder_attention_mask.tensor,
          },
          selfKeyValue: withPast(state, next, layer),
        }),
      });
      return { hidden, state: next };
    },
  };
}
