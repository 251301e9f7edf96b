import { type Dim, reshape, type Tensor } from '../../graph/index.ts';
import {
  activation,
  blockNames,
  bothMasks,
  causalMask,
  type KeyValue,
  keyValue,
  linear,
  noMask,
  paddingMask,
  placesFrom0,
  type Scope,
  zeros,
} from '../../nn/index.ts';
import type { Named } from '../inputs/input-spec.ts';
import { attentionSlots, stepPlaces, withPast } from './attention-cache.ts';
import type { Body, BodyDecoder } from './body.ts';
import type { StateTensor } from './decoder.ts';
import { below, firstToken, runStack, type StackInput, tableAt } from './stack.ts';
import type { PoolerSpec, StackSpec, TransformerSpec } from './transformer-spec.ts';

const memoryName = (layer: number, part: keyof KeyValue): string => `past_key_values.${layer}.encoder.${part}`;

/** The stack that writes, or the only one. */
function lastStack({ encoder, decoder }: TransformerSpec): StackSpec {
  const stack = decoder ?? encoder;
  if (!stack) throw new Error('transformer: expected an encoder, a decoder, or both');
  return stack;
}

/** The table that a stack reads its tokens from. */
function wordTable(stack: StackSpec) {
  const step = stack.embed.find((one) => 'words' in one);
  if (!step) throw new Error('transformer: expected a step with words');
  return step.words;
}

/** The activation of a dense layer over the first token's vector. `hidden`: [B, T, D] → [B, D]. */
function pooled(prefix: Scope, pooler: PoolerSpec, hidden: Tensor): Tensor {
  const { at, activation: name, initializer } = pooler;
  const [batch, , width] = hidden.shape;
  const first = reshape(firstToken(hidden), { shape: [batch, width] });
  const size = { inFeatures: Number(width), outFeatures: pooler.width ?? Number(width) };
  const initial = { weightInitializer: initializer, biasInitializer: zeros, part: 'pooler' } as const;
  return activation(name)(prefix.layer(at, (scope) => linear(scope, { ...size, ...initial }, first)));
}

/**
 * A Transformer from its description: an encoder, a decoder, or both.
 *
 * An encoder reads `input_ids` with `attention_mask`, or what its first step makes vectors of; a decoder alone reads `input_ids`, each token with those before it;
 * with an encoder it reads `decoder_input_ids`, and its cross-attention the encoder's vectors.
 *
 * Source: Vaswani et al. 2017; Devlin et al. 2019 for the pooler.
 */
export function transformer(spec: TransformerSpec): Body {
  const { prefix, encoder, decoder, pooler, decoderIds = (ids) => ids } = spec;
  const inner = (root: Scope) => below(root, prefix);
  const main = lastStack(spec);

  const isFirstOnly = (root: Scope) => spec.isFirstOnly === true && !root.trace.isTapped;

  const read = (root: Scope, stack: StackSpec, { time, memory, ...sequence }: ReadSequence): Tensor => {
    const places = placesFrom0(time);
    return runStack(inner(root), stack, {
      ...sequence,
      isFirstOnly: isFirstOnly(root),
      places: { query: places, key: places },
      ...(memory && { context: (layer) => ({ memory: memory(layer) }) }),
    });
  };

  const encode = (root: Scope, stack: StackSpec, given: Named): Tensor => {
    const time = spec.length?.(given);
    if (time !== undefined) return read(root, stack, { time, mask: noMask(), given });
    const { input_ids: ids, attention_mask: mask } = given;
    return read(root, stack, { ids, time: ids.shape[1], mask: paddingMask(mask), given });
  };

  return {
    inputs: spec.inputs,
    width: main.block(0).attention.width,
    maxPositions: spec.maxPositions,
    table: (root) => tableAt(inner(root), wordTable(main)),
    run(root, given): Named {
      if (!decoder) {
        const hidden = encode(root, main, given);
        return {
          last_hidden_state: hidden,
          ...(pooler && { pooler_output: pooled(inner(root).belowBlocks(0), pooler, hidden) }),
        };
      }
      const ids = encoder ? (given.decoder_input_ids ?? decoderIds(given.input_ids)) : given.input_ids;
      const memory = encoder && encode(root, encoder, given);
      const time = ids.shape[1];
      const causal = causalMask(time);
      const own = encoder ? given.decoder_attention_mask : spec.readsMask && given.attention_mask;
      const mask = own ? bothMasks(causal, paddingMask(own)) : causal;
      if (!memory) return { last_hidden_state: read(root, decoder, { ids, time, mask, given }) };
      const memoryMask = paddingMask(given.attention_mask);
      const at: MemoryAt = (layer) => ({
        keyValue: memoryKeyValue(inner(root), decoder, memory, layer),
        mask: memoryMask,
      });
      return {
        last_hidden_state: read(root, decoder, { ids, time, mask, given, memory: at }),
        encoder_last_hidden_state: memory,
      };
    },
    ...(decoder && {
      decoder: bodyDecoder(inner, decoder, encoder && ((root, given) => encode(root, encoder, given))),
    }),
  };
}

/** A sequence that a stack reads, and how many vectors it has. */
interface ReadSequence extends Pick<StackInput, 'ids' | 'mask' | 'given'> {
  readonly time: Dim;
  readonly memory?: MemoryAt;
}

type MemoryAt = (layer: number) => { readonly keyValue: KeyValue; readonly mask: Tensor };

/** Keys and values that a layer's cross-attention reads: [B, H, S, K]. */
function memoryKeyValue(prefix: Scope, { at, layer, block }: StackSpec, memory: Tensor, index: number): KeyValue {
  const { attention, names = blockNames } = block(index);
  return below(prefix, at).layer(`${layer(index)}.${names.cross}`, (scope) => keyValue(scope, attention, memory));
}

/** A decoder's steps, over slots of its own keys and values and over those of the encoder. */
function bodyDecoder(
  inner: (root: Scope) => Scope,
  stack: StackSpec,
  encode: ((root: Scope, given: Named) => Tensor) | undefined,
): BodyDecoder {
  return {
    slots: attentionSlots(stack.layers, stack.block(0).attention),
    start(root, given) {
      const memory = encode?.(root, given);
      if (!memory) return {};
      const state: Record<string, StateTensor> = {
        encoder_attention_mask: { tensor: paddingMask(given.attention_mask), kind: 'source', isMask: true },
      };
      for (let layer = 0; layer < stack.layers; layer++) {
        const { key, value } = memoryKeyValue(inner(root), stack, memory, layer);
        state[memoryName(layer, 'key')] = { tensor: key, kind: 'source' };
        state[memoryName(layer, 'value')] = { tensor: value, kind: 'source' };
      }
      return state;
    },
    step(root, state, step) {
      const next: Record<string, StateTensor> = { ...state };
      const part = (layer: number, name: keyof KeyValue) => state[memoryName(layer, name)].tensor;
      const memory: MemoryAt = (layer) => ({
        keyValue: { key: part(layer, 'key'), value: part(layer, 'value') },
        mask: state.encoder_attention_mask.tensor,
      });
      const hidden = runStack(inner(root), stack, {
        ids: step.tokens,
        mask: step.visible,
        places: stepPlaces(step),
        given: {},
        context: (layer) => ({
          ...(encode && { memory: memory(layer) }),
          selfKeyValue: withPast(state, next, layer, step),
        }),
      });
      return { hidden, state: next };
    },
  };
}
