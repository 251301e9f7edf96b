import { noPadding, type Padding } from './padding.ts';

/** Words of characters, several per row, and where to find them. */
export interface PackedWords {
  /** Character ids, row-major [rows, width]; 0 between the words of a row and after the last. */
  readonly ids: Int32Array;
  readonly rows: number;
  readonly width: number;
  /** Where each word begins in the flattened rows; a word without characters gets the position of a 0. */
  readonly starts: Int32Array;
}

/**
 * Packs words into few rows, each as wide as the longest word or as `padding` makes them. The longest words come first; each
 * goes into the fullest row with room for it and a 0 before it (best fit decreasing).
 *
 * Source: Johnson 1973: the algorithm needs at most 11/9 of the fewest rows, plus four. The time grows with words times
 * width, which readers of words keep small.
 */
export function packWords(words: readonly Int32Array[], padding: Padding = noPadding): PackedWords {
  const longest = words.reduce((most, { length }) => Math.max(most, length), 1);
  const width = padding.length(longest);
  // Rows by the number of characters they still have room for.
  const byRoom: number[][] = [];
  const starts = new Int32Array(words.length);
  const order = words.map(({ length }, index) => ({ length, index })).sort((a, b) => b.length - a.length);
  let rows = 0;
  for (const { index, length: letters } of order) {
    const length = Math.max(1, letters);
    let room = length;
    while (room <= width && !byRoom[room]?.length) room++;
    const row = byRoom[room]?.pop() ?? rows++;
    const free = Math.min(room, width);
    starts[index] = row * width + width - free;
    const left = free - length - 1;
    if (left > 0) (byRoom[left] ??= []).push(row);
  }
  const height = padding.rows(rows);
  const ids = new Int32Array(height * width);
  words.forEach((word, index) => ids.set(word, starts[index]));
  return { ids, rows: height, width, starts };
}
