import { expect, test } from 'vitest';
import { rowFeeds } from '../../src/models/heads/terms/token-term.ts';

const feeds = (count: number) => {
  const rows = Int32Array.from({ length: count }, (_, i) => count - i);
  return rowFeeds(
    rows,
    rows.map((row) => row % 7),
  );
};

test.each([
  [5, [1, 5]],
  [1023, [1, 1023]],
  [1024, [1, 1040]],
  [1025, [2, 513]],
  [4096, [4, 1040]],
])('of %i rows, the chunks are %j: equal, and never a whole number of pages of memory long', (count, shape) => {
  const { rows, row_labels } = feeds(count);
  expect(rows.shape).toEqual(shape);
  expect(row_labels.shape).toEqual(shape);
});

test('rows that only fill a chunk come last and have a label that counts for nothing', () => {
  const { rows, row_labels } = feeds(1024);
  expect([...rows.data].slice(1022)).toEqual([2, 1, ...Array(16).fill(0)]);
  expect([...row_labels.data].slice(1022)).toEqual([2, 1, ...Array(16).fill(-100)]);
});
