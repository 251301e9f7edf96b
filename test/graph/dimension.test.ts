import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDim,
  type Dim,
  dim,
  equalDim,
  evaluateDim,
  isAtMost,
  mulDim,
  solveDim,
  subDim,
  symbolsOf,
} from '../../src/graph/index.ts';

const symbols = ['batch', 'time', 'past'];

/** A dimension built from random sums, differences and products. */
const dimension: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { maxDepth: 2 },
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom(...symbols).map(dim),
    fc.tuple(fc.constantFrom(addDim, subDim, mulDim), tie('dim'), tie('dim')).map(([combine, a, b]) => combine(a, b)),
  ),
})).dim;

const binding = fc
  .tuple(...symbols.map((symbol) => fc.integer({ min: 1, max: 9 }).map((size) => [symbol, size] as const)))
  .map((entries) => new Map(entries));

describe('a dimension is a ring element in canonical form', () => {
  test('sums and products commute, associate and distribute', () => {
    fc.assert(
      fc.property(dimension, dimension, dimension, (a, b, c) => {
        expect(equalDim(addDim(a, b), addDim(b, a))).toBe(true);
        expect(equalDim(mulDim(a, b), mulDim(b, a))).toBe(true);
        expect(equalDim(addDim(addDim(a, b), c), addDim(a, addDim(b, c)))).toBe(true);
        expect(equalDim(mulDim(mulDim(a, b), c), mulDim(a, mulDim(b, c)))).toBe(true);
        expect(equalDim(mulDim(a, addDim(b, c)), addDim(mulDim(a, b), mulDim(a, c)))).toBe(true);
      }),
    );
  });

  test('0 and 1 are neutral, and a − a is the number 0', () => {
    fc.assert(
      fc.property(dimension, (a) => {
        expect(equalDim(addDim(a, 0), a)).toBe(true);
        expect(equalDim(mulDim(a, 1), a)).toBe(true);
        expect(mulDim(a, 0)).toBe(0);
        expect(subDim(a, a)).toBe(0);
      }),
    );
  });

  test('evaluation is a homomorphism', () => {
    fc.assert(
      fc.property(dimension, dimension, binding, (a, b, bound) => {
        const [x, y] = [evaluateDim(a, bound), evaluateDim(b, bound)];
        expect(evaluateDim(addDim(a, b), bound)).toBe(x + y);
        expect(evaluateDim(subDim(a, b), bound)).toBe(x - y);
        expect(evaluateDim(mulDim(a, b), bound)).toBe(x * y + 0);
      }),
    );
  });

  test('what is equal for the eye is equal: the text is the identity', () => {
    fc.assert(
      fc.property(dimension, dimension, (a, b) => {
        expect(String(a) === String(b)).toBe(equalDim(a, b));
      }),
    );
  });
});

describe('text', () => {
  test.each([
    ['batch', 'batch'],
    ['past + time', 'time + past'],
    ['64*blocks', '64·blocks'],
    ['b * a + 1', 'a·b + 1'],
    ['2*3', '6'],
  ])('%s is read and shown as %s', (text, shown) => {
    expect(String(dim(text))).toBe(shown);
  });

  test('differences show a minus sign', () => {
    expect(String(subDim(dim('time'), 1))).toBe('time − 1');
    expect(String(subDim(0, dim('time')))).toBe('−time');
  });

  test.each(['', 'a b', '2x', 'a+', 'a-1', '1.5'])('"%s" is refused', (text) => {
    expect(() => dim(text)).toThrow(/dimension: expected a symbol's name/);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%s is refused', (size) => {
    expect(() => dim(size)).toThrow(/expected an integer ≥ 0/);
  });

  test('symbols are listed once each', () => {
    const a = dim('a');
    expect(symbolsOf(addDim(mulDim(a, dim('b')), a)).sort()).toEqual(['a', 'b']);
    expect(symbolsOf(3)).toEqual([]);
  });
});

describe('solving for a symbol', () => {
  test('slope·symbol + offset is solved for every size that it takes', () => {
    const some = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(some, fc.integer({ min: -20, max: 20 }), some, (slope, offset, x) => {
        const value = addDim(mulDim(dim('x'), slope), subDim(offset + 20, 20));
        const found = new Map<string, number>();
        expect(solveDim(value, slope * x + offset, found)).toBe(true);
        expect(found.get('x')).toBe(x);
      }),
    );
  });

  test('with other symbols known the last one follows, in products too', () => {
    const found = new Map([['past', 3]]);
    expect(solveDim(addDim(dim('past'), dim('time')), 10, found)).toBe(true);
    expect(found.get('time')).toBe(7);
    const product = new Map([['a', 4]]);
    expect(solveDim(mulDim(dim('a'), dim('b')), 12, product)).toBe(true);
    expect(product.get('b')).toBe(3);
  });

  test('two unknown symbols wait, and so does a square', () => {
    const found = new Map<string, number>();
    expect(solveDim(addDim(dim('past'), dim('time')), 10, found)).toBe(false);
    expect(solveDim(mulDim(dim('n'), dim('n')), 9, found)).toBe(false);
    expect(found.size).toBe(0);
    expect(solveDim(mulDim(dim('n'), dim('n')), 9, new Map([['n', 3]]))).toBe(true);
    expect(() => solveDim(mulDim(dim('n'), dim('n')), 10, new Map([['n', 3]]))).toThrow('expected n·n = 9, got 10');
  });

  test('a size that no positive integer gives is refused', () => {
    expect(() => solveDim(dim('64*blocks'), 100, new Map())).toThrow(/"blocks" a positive integer, got 100/);
    expect(() => solveDim(addDim(dim('time'), 4), 4, new Map())).toThrow(/"time" a positive integer, got 4/);
    expect(() => solveDim(5, 6, new Map())).toThrow('expected 5, got 6');
  });

  test('a symbol without a value has no size', () => {
    expect(() => evaluateDim(dim('time'), new Map())).toThrow('symbol "time" has no value');
  });
});

test.each([
  ['4·time', 'time', 4, true],
  ['5·time', 'time', 4, false],
  ['time', 'time − skip', 1, false],
  ['time − skip', 'time', 1, true],
  ['batch', 'time', 9, false],
  ['7', '2', 4, true],
])('%s is at most %s times %i: %s', (a, b, times, expected) => {
  const time = dim('time');
  const known = new Map<string, Dim>([
    ['4·time', mulDim(4, time)],
    ['5·time', mulDim(5, time)],
    ['time', time],
    ['time − skip', subDim(time, dim('skip'))],
    ['batch', dim('batch')],
    ['7', 7],
    ['2', 2],
  ]);
  expect(isAtMost(known.get(a) ?? 0, known.get(b) ?? 0, times)).toBe(expected);
});
