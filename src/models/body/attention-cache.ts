import type { Tensor } from '../../graph/index.ts';
import type { AttentionConfig, KeyValue, Places } from '../../nn/index.ts';
import { concat } from '../../ops/index.ts';
import type { DecoderState, StateTensor, StepInput } from './decoder.ts';

const slotName = (layer: number, part: keyof KeyValue): string => `past_key_values.${layer}.decoder.${part}`;

/** The slots that self-attention layers append to, by the model's names. */
export const attentionSlots = (
  layers: number,
  { heads, width, headWidth = width / heads, headValueWidth = width / heads }: AttentionConfig,
): Readonly<Record<string, readonly [heads: number, width: number]>> =>
  Object.fromEntries(
    Array.from({ length: layers }, (_, layer): [string, readonly [number, number]][] => [
      [slotName(layer, 'key'), [heads, headWidth]],
      [slotName(layer, 'value'), [heads, headValueWidth]],
    ]).flat(),
  );

/** A layer's own keys and values after those of the slots in `state`, if any; the results are collected in `grown`. */
export const withPast =
  (state: DecoderState, grown: Record<string, StateTensor>, layer: number) =>
  (own: KeyValue): KeyValue => {
    const append = (part: keyof KeyValue): Tensor => {
      const name = slotName(layer, part);
      const past: StateTensor | undefined = state[name];
      const tensor = past ? concat([past.tensor, own[part]], { axis: 2 }) : own[part];
      grown[name] = { tensor, kind: 'slots' };
      return tensor;
    };
    return { key: append('key'), value: append('value') };
  };

/** The positions of a step's tokens, and of the slots that they attend to. */
export const stepPlaces = ({ position, slotPositions }: StepInput): Places => ({
  query: position,
  key: slotPositions,
});
