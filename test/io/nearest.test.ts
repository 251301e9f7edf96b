import { describe, expect, test } from 'vitest';
import { reportAll } from '../../src/io/error.ts';
import { didYouMean, editDistance } from '../../src/io/nearest.ts';

describe('the nearest name', () => {
  test.each([
    ['hidden_sise', '; did you mean "hidden_size"?'],
    ['HIDDEN_SIZE', '; did you mean "hidden_size"?'],
    ['ids', '; did you mean "id"?'],
    ['zzz', ''],
    ['', ''],
  ])('of "%s" is told when it is near: %s', (found, told) => {
    expect(didYouMean(found, ['hidden_size', 'id'])).toBe(told);
  });

  test('of a name of a million characters is not looked for', () => {
    const start = performance.now();
    expect(didYouMean('d'.repeat(1e6), ['d_model', 'dropout'])).toBe('');
    expect(performance.now() - start).toBeLessThan(100);
  });
});

test('an edit distance counts insertions, deletions, substitutions and swaps of neighbours', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('ab', 'ba')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
});

test('a report of thousands of violations tells fifty and counts the others', () => {
  const { message } = reportAll(
    'f',
    Array.from({ length: 5000 }, (_, i) => `violation ${i}`),
  );
  expect(message.split('\n')).toHaveLength(52);
  expect(message).toContain('\n  violation 49\n  and 4950 more');
});
