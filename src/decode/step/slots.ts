/**
 * The slots in which a batch keeps the tokens of its paths: one that no path sees is free, and the next tokens take it. So a
 * batch needs about as many slots as the paths of a sentence have tokens, and a step writes only its own.
 *
 * A token takes the lowest free slots of its sentence and stays there. So where it is does not depend on the other sentences
 * of the batch, and attention adds up in the same order as for a sentence alone.
 */

import type { HostTensor } from '../../runtime/backend.ts';
import type { Sentence } from '../sentence.ts';
import { slotRowsName } from './graph.ts';
import { int32 } from './host.ts';

/** The sizes of a step's tensors. */
export interface StepSizes {
  readonly beams: number;
  /** Slots per sentence. */
  readonly slots: number;
}

/** The slot that each beam of each sentence takes next, [sentences·beams]. */
export type TakenSlots = Int32Array;

/**
 * Marks the slots that the paths of a sentence see, and returns their number. `seenBy`: for each slot, the last sentence that saw
 * it.
 */
function markSeen({ search }: Sentence, at: number, seenBy: Int32Array): number {
  let count = 0;
  for (const path of search.paths) {
    for (let past = path.first(search.position + 1).before; past && seenBy[past.slot] !== at; past = past.before) {
      seenBy[past.slot] = at;
      count++;
    }
  }
  return count;
}

/** Which slots a sentence needs: the first ones, some of which are free. */
export interface UsedSlots {
  /** The number of slots up to the last that a path sees. */
  readonly slots: number;
  /** How many of them a path sees. */
  readonly seen: number;
}

/** The slots that every sentence needs. `slots`: how many it has. */
export function usedSlots(sentences: readonly Sentence[], slots: number): UsedSlots[] {
  const seenBy = new Int32Array(slots).fill(-1);
  return sentences.map((sentence, at) => {
    const seen = markSeen(sentence, at, seenBy);
    return { slots: seenBy.lastIndexOf(at) + 1, seen };
  });
}

/** For every sentence, the lowest slots that none of its paths sees; undefined if a sentence has fewer than beams. */
export function freeSlots(sentences: readonly Sentence[], { beams, slots }: StepSizes): TakenSlots | undefined {
  const free = new Int32Array(sentences.length * beams);
  const seenBy = new Int32Array(slots).fill(-1);
  for (const [at, sentence] of sentences.entries()) {
    markSeen(sentence, at, seenBy);
    let found = 0;
    for (let slot = 0; slot < slots && found < beams; slot++) {
      if (seenBy[slot] !== at) free[at * beams + found++] = slot;
    }
    if (found < beams) return undefined;
  }
  return free;
}

/** For every number of heads, the rows of [sentences·heads·slots, K] that new tokens take: int32 [sentences, beams, heads]. */
export function slotRowFeeds(
  taken: TakenSlots,
  { beams, slots }: StepSizes,
  heads: Iterable<number>,
): Record<string, HostTensor> {
  return Object.fromEntries(
    Array.from(heads, (count) => {
      const rows = new Int32Array(taken.length * count);
      taken.forEach((slot, beam) => {
        const first = Math.floor(beam / beams) * count * slots + slot;
        for (let head = 0; head < count; head++) rows[beam * count + head] = first + head * slots;
      });
      return [slotRowsName(count), int32([taken.length / beams, beams, count], rows)];
    }),
  );
}
