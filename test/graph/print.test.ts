import { describe, expect, test } from 'vitest';
import { add, constantTensor, input, mul, printGraph, showValue, value, withScope } from '../../src/graph/index.ts';
import { matmul, topK } from '../../src/ops/index.ts';

describe('a graph as text', () => {
  test('has one node per line, with sizes, attributes and scope', () => {
    const x = input('x', ['batch', 'time', 4]);
    const w = constantTensor([1, 2, 3, 4], [1, 4]);
    const y = withScope('encoder', () => add(mul(x, w), 0.5));
    const [best, places] = topK.all(y, { k: 2 });
    expect(printGraph([best, places]).split('\n')).toEqual([
      '%x = input() : float [batch, time, 4]',
      '%1 = constant() : float [1, 4]',
      '%2 = mul(%x, %1) : float [batch, time, 4]  # encoder',
      '%4 = add(%2, 0.5) : float [batch, time, 4]  # encoder',
      '%5, %6 = topK(%4) {k: 2} : float [batch, time, 2], int32 [batch, time, 2]',
      'return %5, %6',
    ]);
  });

  test('omits absent attributes', () => {
    const [a, b] = [input('a', [2, 3]), input('b', [3, 2])];
    expect(printGraph([matmul(a, b, { alpha: 2, transposeA: undefined })])).toContain('= matmul(%a, %b) {alpha: 2} :');
  });
});

describe('a value as text', () => {
  test.each([
    ['a scalar', value([], [2.5]), 'float []\n2.5'],
    ['a vector', value([3], [1, 2, 3], 'int32'), 'int32 [3]\n[1, 2, 3]'],
    ['a matrix', value([2, 2], [1, 2, 3, 4]), 'float [2, 2]\n[[1, 2],\n [3, 4]]'],
    ['rank 3', value([2, 1, 2], [1, 2, 3, 4]), 'float [2, 1, 2]\n[[[1, 2]],\n [[3, 4]]]'],
    ['digits', value([2], [1 / 3, 1e-9]), 'float [2]\n[0.3333, 0]'],
  ])('%s', (_, shown, text) => {
    expect(showValue(shown)).toBe(text);
  });

  test('with as many digits as asked for', () => {
    expect(showValue(value([1], [1 / 3]), 2)).toBe('float [1]\n[0.33]');
  });
});
