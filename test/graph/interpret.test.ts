import { describe, expect, test } from 'vitest';
import {
  add,
  constantTensor,
  currentScope,
  dim,
  gather,
  input,
  interpret,
  mul,
  value,
  withScope,
} from '../../src/graph/index.ts';
import { argmax, cast, concat, dropout, maximum, mean, range, slice, topK } from '../../src/ops/index.ts';

const numbers = (tensor: Parameters<typeof interpret>[0][number], feeds: Parameters<typeof interpret>[1] = {}) => [
  ...interpret([tensor], feeds)[0].data,
];

describe('interpret', () => {
  test('computes in float64', () => {
    expect(numbers(add(0.1, 0.2))).toEqual([0.1 + 0.2]);
  });

  test('takes sizes from the feeds', () => {
    const x = input('x', ['batch', 'time']);
    const feeds = { x: value([2, 3], [1, 2, 3, 4, 5, 9]) };
    expect(numbers(mean(x, { axes: [1] }), feeds)).toEqual([2, 6]);
    expect(numbers(slice(x, { axis: 1, start: 1, end: dim('time') }), feeds)).toEqual([2, 3, 5, 9]);
    const steps = cast(range({ size: dim('time') }), { dtype: 'float' });
    expect(numbers(add(x, steps), feeds)).toEqual([1, 3, 5, 4, 6, 11]);
  });

  test('names the input that is not fed and the one whose shape is wrong', () => {
    const sum = add(input('left', ['n']), input('right', ['n']));
    expect(() => interpret([sum], { left: value([1], [1]) })).toThrow('run: input "right" float [n] is not fed');
    const feeds = { left: value([2], [1, 2]), right: value([3], [1, 2, 3]) };
    expect(() => interpret([sum], feeds)).toThrow('run: input "right" axis 0: expected n = 2, got 3');
  });

  test('refuses an index outside the table', () => {
    const row = gather(constantTensor([1, 2], [2]), input('ids', ['n'], 'int32'));
    expect(() => interpret([row], { ids: value([1], [2], 'int32') })).toThrow('gather: index must be in 0 … 1, got 2');
    expect(() => interpret([row], { ids: value([1], [-1], 'int32') })).toThrow('got -1');
  });

  test('of equal elements argmax takes the first and topK keeps their order', () => {
    const x = constantTensor([1, 3, 3, 0], [1, 4]);
    expect(numbers(argmax(x))).toEqual([1]);
    const [best, places] = interpret(topK.all(x, { k: 3 }), {});
    expect([...best.data]).toEqual([3, 3, 1]);
    expect([...places.data]).toEqual([1, 2, 0]);
  });

  test('a chain of 20,000 nodes works', () => {
    let y = add(0, 0);
    for (let i = 0; i < 20_000; i++) y = add(y, 1);
    expect(numbers(y)).toEqual([20_000]);
  });

  test('NaN goes through a maximum', () => {
    expect(numbers(maximum(constantTensor([Number.NaN, 1], [2]), 0))).toEqual([Number.NaN, 1]);
  });

  test('concat and slice along a negative axis agree', () => {
    const x = constantTensor([1, 2, 3, 4], [2, 2]);
    const both = concat([x, mul(x, 10)], { axis: -1 });
    expect(numbers(both)).toEqual([1, 2, 10, 20, 3, 4, 30, 40]);
    expect(numbers(slice(both, { axis: -1, start: 2, end: 4 }))).toEqual([10, 20, 30, 40]);
  });
});

describe('dropout', () => {
  const x = input('x', [4]);
  const bytes = input('bytes', [4], 'uint8');
  const feeds = { x: value([4], [1, 2, 3, 4]), bytes: value([4], [0, 63, 64, 255], 'uint8') };

  test('drops where the byte is below 256·p and scales the rest', () => {
    expect(numbers(dropout(x, bytes, { p: 0.25 }), feeds)).toEqual([0, 0, 4, 16 / 3]);
  });

  test('rounds p to 1/256, and scales by the rounded rate', () => {
    expect(numbers(dropout(x, bytes, { p: 0.251 }), feeds)).toEqual([0, 0, 4, 16 / 3]);
    expect(numbers(dropout(x, bytes, { p: 0 }), feeds)).toEqual([1, 2, 3, 4]);
  });

  test.each([-0.1, 1, 0.999, Number.NaN])('refuses p = %s', (p) => {
    expect(() => dropout(x, bytes, { p })).toThrow(/dropout: p must be at least 0 and round to less than 1/);
  });
});

describe('scopes', () => {
  test('nest, and are left when tracing throws', () => {
    expect(withScope('a', () => withScope('b.0', currentScope))).toBe('a.b.0');
    expect(() =>
      withScope('a', () => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(currentScope()).toBe('');
  });
});
