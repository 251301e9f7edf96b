import { reshape, type Tensor } from '../../graph/index.ts';
import type { AttentionConfig, KeyValue, Places } from '../../nn/index.ts';
import { putRows, transpose } from '../../ops/index.ts';
import type { DecoderState, StateTensor, StepInput } from './decoder.ts';

const slotName = (layer: number, part: keyof KeyValue): string => `past_key_values.${layer}.decoder.${part}`;

/** The slots in which self-attention layers keep keys and values, by the model's names. */
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

/** The slots of one tensor after a step has written its own. */
export interface StoredSlots {
  /** For the next state. */
  readonly state: StateTensor;
  /** What attention reads, [sentences, H, slots, K]. */
  readonly seen: Tensor;
}

/** Writes what a step's tokens keep into their slots. `past`: [sentences·H·slots, K], `own`: [sentences, H, beams, K]. */
export function storedSlots(past: StateTensor, own: Tensor, { visible, slotRows }: StepInput): StoredSlots {
  const [sentences, heads, , width] = own.shape;
  const rows = transpose(slotRows(Number(heads)), { permutation: [0, 2, 1] });
  const tensor = putRows(past.tensor, rows, own);
  return {
    state: { tensor, kind: 'slots' },
    seen: reshape(tensor, { shape: [sentences, heads, visible.shape[3], width] }),
  };
}

/** A layer's own keys and values among those of the slots in `state`; the next state is collected in `next`. */
export const withPast =
  (state: DecoderState, next: Record<string, StateTensor>, layer: number, step: StepInput) =>
  (own: KeyValue): KeyValue => {
    const store = (part: keyof KeyValue): Tensor => {
      const name = slotName(layer, part);
      const stored = storedSlots(state[name], own[part], step);
      next[name] = stored.state;
      return stored.seen;
    };
    return { key: store('key'), value: store('value') };
  };

/** The positions of a step's tokens, and of the slots that they attend to. */
export const stepPlaces = ({ position, slotPositions }: StepInput): Places => ({
  query: position,
  key: slotPositions,
});
