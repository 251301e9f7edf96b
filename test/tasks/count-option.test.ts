import { expect, test } from 'vitest';
import { checkCount } from '../../src/tasks/model/count-option.ts';

test.each<[unknown, string]>([
  ['2', '"2"'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [0, '0'],
  [1.5, '1.5'],
  [2n, '2'],
  [true, 'true'],
  [null, 'null'],
  [[2], 'a list'],
  [{}, 'a mapping of fields'],
  [() => 2, 'a function'],
])('a count of %s is refused as %s', (given, shown) => {
  expect(() => checkCount('fill-mask: top_k', given, 1)).toThrow(
    new RegExp(`^fill-mask: top_k: expected a whole number ≥ 1, got ${shown}$`),
  );
});

test('null stands for all where it may', () => {
  expect(() => checkCount('a: top_k', null, 1, true)).not.toThrow();
  expect(() => checkCount('a: top_k', '2', 1, true)).toThrow('a: top_k: expected a whole number ≥ 1 or null, got "2"');
});
