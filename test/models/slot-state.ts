/** The slots of a decoder before its first step, and what a step writes to them. */
import { broadcastTo, constantTensor, type Tensor } from '../../src/graph/index.ts';
import type { SequenceToSequenceModel, StateTensor, StepInput } from '../../src/models/body/decoder.ts';

/** So many slots of zeros for each sentence. */
export const emptySlots = (
  { slots }: Pick<SequenceToSequenceModel, 'slots'>,
  sentences: number,
  count: number,
): Record<string, StateTensor> =>
  Object.fromEntries(
    Object.entries(slots).map(([name, [heads, width]]) => {
      const shape = [sentences * heads * count, width];
      return [name, { kind: 'slots', tensor: broadcastTo(constantTensor(0), { shape }) }];
    }),
  );

/** Writes to given slots, of `count` for each sentence. `taken`: [sentences][beams]. */
export const writesTo =
  (taken: readonly (readonly number[])[], count: number): StepInput['slotRows'] =>
  (heads): Tensor => {
    const rows = taken.flatMap((slots, sentence) =>
      slots.flatMap((slot) => Array.from({ length: heads }, (_, head) => (sentence * heads + head) * count + slot)),
    );
    return constantTensor(rows, [taken.length, taken[0].length, heads], 'int32');
  };
