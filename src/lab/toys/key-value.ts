import type { RandomStream } from '../../data/batch/shuffle.ts';
import { ids } from '../feed.ts';
import { unasked } from './labelled-token.ts';

/** Keys are 0 … 7, values 8 … 15; 16 is padding. */
const count = 8;

export const keyValueVocabulary = 2 * count + 1;

/** Accuracy of guessing among values. */
export const keyValueChance = 1 / count;

/**
 * Rows of keys, each with its value after it: every row has its own values for the keys. After a key that occurred
 * before, its value is the label: to know it, a model must find the same key and what followed it.
 *
 * `time` must be even. → `input_ids`, `labels` int32 [B, T].
 */
export function keysAndValues(random: RandomStream, rows: number, time: number) {
  const tokens = new Int32Array(rows * time);
  const labels = new Int32Array(rows * time).fill(unasked);
  for (let row = 0; row < rows; row++) {
    const values = Array.from({ length: count }, () => count + random.below(count));
    const seen = new Set<number>();
    for (let t = row * time; t < (row + 1) * time; t += 2) {
      const key = random.below(count);
      tokens[t] = key;
      tokens[t + 1] = values[key];
      if (seen.has(key)) labels[t] = values[key];
      seen.add(key);
    }
  }
  return { input_ids: ids([rows, time], tokens), labels: ids([rows, time], labels) };
}
