import { describe, expect, test } from 'vitest';
import {
  add,
  axisOf,
  axisSizes,
  bindShapes,
  broadcastShape,
  broadcastTo,
  constantTensor,
  dim,
  input,
  interpret,
  reshape,
  ShapeError,
  scatterAdd,
  shapeOf,
  showShape,
  type Tensor,
  value,
} from '../../src/graph/index.ts';
import { concat, linear, matmul, slice, topK, transpose } from '../../src/ops/index.ts';

const broadcast = (a: readonly (number | string)[], b: readonly (number | string)[]) =>
  showShape(broadcastShape('add', shapeOf(a), shapeOf(b)));

describe('the sizes of named axes', () => {
  const hidden = input('hidden', ['batch', 'time', 8]);

  test('are the shape', () => {
    const [batch, time, width] = axisSizes('loss', 'hidden', hidden, ['batch', 'time', 'width']);
    expect([String(batch), String(time), width]).toEqual(['batch', 'time', 8]);
  });

  test.each([[['batch', 'width']], [['batch', 'time', 'heads', 'width']], [[]]])(
    '%j: another rank is refused',
    (axes) => {
      expect(() => axisSizes('loss', 'hidden', hidden, axes)).toThrow(
        new ShapeError(`loss: expected hidden [${axes.join(', ')}], got [batch, time, 8]`),
      );
    },
  );
});

describe('broadcasting', () => {
  test.each([
    [[2, 3], [2, 3], '[2, 3]'],
    [[2, 1, 4], [3, 1], '[2, 3, 4]'],
    [[], ['batch'], '[batch]'],
    [['batch', 1], [1, 'time'], '[batch, time]'],
    [['batch', 'time'], ['time'], '[batch, time]'],
    [['past + time'], ['time + past'], '[time + past]'],
  ])('%j with %j gives %s', (a, b, expected) => {
    expect(broadcast(a, b)).toBe(expected);
    expect(broadcast(b, a)).toBe(expected);
  });

  test.each([
    [['batch'], [8]],
    [['batch'], ['time']],
    [['2*time'], ['time']],
    [[2], [3]],
  ])('%j with %j is refused: a symbol never stands for 1', (a, b) => {
    expect(() => broadcast(a, b)).toThrow(ShapeError);
    expect(() => broadcast(a, b)).toThrow(/add: shapes must be equal or 1 on every axis, got a \[.*\], b \[.*\]/);
  });

  test('a feed of size 1 for a symbol binds that symbol; it does not broadcast', () => {
    const sum = add(input('a', ['batch']), input('b', ['batch']));
    const feed = (size: number) => value([size], new Array(size).fill(1));
    expect(() => interpret([sum], { a: feed(8), b: feed(1) })).toThrow(/input "b" axis 0: expected batch = 8, got 1/);
  });
});

describe('binding symbols from feeds', () => {
  const inputs = (shapes: Record<string, readonly (number | string)[]>) =>
    new Map<string, Tensor>(Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)]));
  const bind = (shapes: Record<string, readonly (number | string)[]>, fed: Record<string, readonly number[]>) =>
    bindShapes(inputs(shapes), new Map(Object.entries(fed)));

  test('a sum is solved as soon as another input gives one of its symbols', () => {
    const binding = bind({ mask: ['past + time'], ids: ['batch', 'time'] }, { mask: [10], ids: [2, 4] });
    expect(Object.fromEntries(binding)).toEqual({ batch: 2, time: 4, past: 6 });
  });

  test.each<[string, Record<string, readonly (number | string)[]>, Record<string, readonly number[]>, string]>([
    ['an input is missing', { a: ['n'] }, {}, 'input "a" float [n] is not fed'],
    ['the rank differs', { a: ['n', 3] }, { a: [3] }, 'input "a" must have shape [n, 3] and no size of 0, got [3]'],
    ['a size is 0', { a: ['n'] }, { a: [0] }, 'input "a" must have shape [n] and no size of 0, got [0]'],
    ['a number differs', { a: [3] }, { a: [4] }, 'input "a" axis 0: expected 3, got 4'],
    ['two feeds disagree', { a: ['n'], b: [1, 'n'] }, { a: [2], b: [1, 3] }, 'input "b" axis 1: expected n = 2, got 3'],
    [
      'a multiple is no multiple',
      { a: ['64*n'] },
      { a: [65] },
      'input "a" axis 0: expected 64·n with "n" a positive integer, got 65',
    ],
    ['symbols stay open', { a: ['n + m'] }, { a: [5] }, 'n + m of input "a" cannot be solved from the feeds'],
    ['a square stays open', { a: ['n * n'] }, { a: [9] }, 'n·n of input "a" cannot be solved from the feeds'],
  ])('fails when %s', (_, shapes, fed, message) => {
    expect(() => bind(shapes, fed)).toThrow(ShapeError);
    expect(() => bind(shapes, fed)).toThrow(`run: ${message}`);
  });
});

describe('an op refuses what does not fit, with its name and the shapes', () => {
  const x = input('x', ['batch', 4]);
  const ids = input('ids', [3], 'int32');
  test.each<[string, () => unknown, string]>([
    ['add of two types', () => add(x, ids), 'add: types must be equal, got a float [batch, 4], b int32 [3]'],
    ['reshape', () => reshape(x, { shape: [8] }), 'reshape: sizes must be equal, got [batch, 4] (4·batch) to [8] (8)'],
    ['broadcastTo', () => broadcastTo(x, { shape: [4] }), 'broadcastTo: [batch, 4] cannot be broadcast to [4]'],
    ['an axis', () => axisOf('sum', 2, 2), 'sum: axis must be an integer in −2 … 1, got 2'],
    ['matmul', () => matmul(x, input('w', [5, 4]), {}), 'matmul: inner widths differ, a is [batch, 4], b is [5, 4]'],
    [
      'linear',
      () => linear(x, input('w', [4, 5])),
      'linear: the widths of input and weight differ, got x [batch, 4], w [4, 5]',
    ],
    ['a slice past the end', () => slice(x, { axis: 1, start: 2, end: 5 }), 'slice: expected 0 ≤ start ≤ end ≤ 4'],
    ['a slice backwards', () => slice(x, { axis: 1, start: 3, end: 1 }), 'on axis 1, got 3 … 1'],
    [
      'a symbolic start',
      () => slice(x, { axis: 0, start: dim('n'), end: 4 }),
      'slice: with a symbolic start the end must be that of the axis',
    ],
    ['concat', () => concat([x, input('y', [2, 3])], { axis: 0 }), 'concat: shapes must agree except on axis 0'],
    [
      'transpose',
      () => transpose(x, { permutation: [0, 0] }),
      'transpose: expected a permutation of 2 axes, got [0,0]',
    ],
    ['topK', () => topK(x, { k: 5 }), 'topK: k must be at most 4, got 5'],
    [
      'scatterAdd with float indices',
      () => scatterAdd(input('t', [5, 4]), input('i', ['batch']), x),
      'scatterAdd: expected table [V, D], indices int32 [N], rows [N, D], got float [5, 4], float [batch], float [batch, 4]',
    ],
    ['a constant of the wrong size', () => constantTensor([1, 2], [3]), 'value: [3] holds 3 elements, got 2'],
  ])('%s', (_, trace, message) => {
    expect(trace).toThrow(ShapeError);
    expect(trace).toThrow(message);
  });
});
