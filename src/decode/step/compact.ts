import { axisSizes, gather, input, mulDim, reshape, type Tensor } from '../../graph/index.ts';
import type { DecoderState, SequenceToSequenceModel } from '../../models/body/decoder.ts';
import { nextName, slotInputs } from './graph.ts';

/** The input with the slots to keep in caches with this many heads. */
export const keptSlotsName = (heads: number): string => `kept_slots.${heads}`;

/**
 * Keeps some of the sentences in the state, and some of their slots.
 *
 * Inputs: the state; `kept_sentences`, int32 [kept]; for every number of heads H among the slots `kept_slots.H`, int32
 * [kept, H, kept_slots]: rows of the cache seen as [sentences·H·slots, K]. Outputs: the same state, smaller.
 */
export function compactGraph(model: SequenceToSequenceModel, start: DecoderState): Record<string, Tensor> {
  const sentences = input('kept_sentences', ['kept'], 'int32');
  const keptSlots = new Map<number, Tensor>();
  for (const [heads] of Object.values(model.slots)) {
    keptSlots.set(heads, input(keptSlotsName(heads), ['kept', heads, 'kept_slots'], 'int32'));
  }
  const sources = Object.entries(start)
    .filter(([, { kind }]) => kind === 'source')
    .map(([name, { tensor }]) => [nextName(name), gather(input(name, tensor.shape, tensor.dtype), sentences)]);
  const slots = slotInputs(model).map(([name, { tensor }]) => {
    const [count, heads, size, width] = axisSizes('compact', name, tensor, ['sentences', 'heads', 'slots', 'width']);
    const rows = reshape(tensor, { shape: [mulDim(mulDim(count, heads), size), width] });
    return [nextName(name), gather(rows, keptSlots.get(heads as number)!)];
  });
  return Object.fromEntries([...sources, ...slots]);
}
