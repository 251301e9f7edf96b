import { describe, expect, test } from 'vitest';
import { gradient, input, interpret, mul, sum, value } from '../../src/graph/index.ts';
import { type PoolingName, poolings, Trace } from '../../src/nn/index.ts';
import { drawFloats } from '../ops/draw.ts';

const [batch, time, width] = [2, 3, 2];
const mask = [1, 1, 1, 1, 1, 0];
const hidden = Array.from(drawFloats('pooling hidden', batch * time * width));
/** As `hidden`, with other numbers at the padding. */
const otherPadding = hidden.map((x, i) => (i >= 10 ? x + 50 : x));

const weights = new Map<string, number[]>([
  ['pooler.dense.weight', [0.5, -0.25, 1, 0.75]],
  ['pooler.dense.bias', [0.1, -0.2]],
  ['pooler.query.weight', [2, -1]],
]);

/** [B, D] of a pooling, its attention, and the gradient of Σ pooled² by the hidden vectors. */
function pooled(name: PoolingName, vectors: readonly number[]) {
  const trace = new Trace();
  const x = input('hidden', ['batch', 'time', width]);
  const y = poolings[name](trace.root, x, input('mask', ['batch', 'time']));
  const [dx] = gradient(sum(mul(y, y), { axes: [0, 1] }), [x]);
  const attention = trace.taps.get('pooling_attention');
  const feeds = {
    hidden: value([batch, time, width], vectors),
    mask: value([batch, time], mask),
    ...Object.fromEntries([...trace.parameters].map(([key, { shape }]) => [key, value(shape, weights.get(key) ?? [])])),
  };
  const found = interpret([y, ...(dx ? [dx] : []), ...(attention ? [attention] : [])], feeds);
  return found.map(({ data }) => Array.from(data));
}

const at = (b: number, t: number): number[] => hidden.slice((b * time + t) * width, (b * time + t + 1) * width);
const lengths = [3, 2];
const tokens = (b: number): number[][] => Array.from({ length: lengths[b] }, (_, t) => at(b, t));
const byColumn = (rows: readonly number[][], f: (column: number[]) => number): number[] =>
  rows[0].map((_, d) => f(rows.map((row) => row[d])));

function attended(rows: readonly number[][]): number[] {
  const scores = rows.map(([a, b]) => 2 * Math.tanh(0.5 * a - 0.25 * b + 0.1) - Math.tanh(a + 0.75 * b - 0.2));
  const powers = scores.map(Math.exp);
  const total = powers.reduce((x, y) => x + y);
  return byColumn(rows, (column) => column.reduce((x, y, t) => x + (y * powers[t]) / total, 0));
}

const formulas: Record<PoolingName, (rows: readonly number[][]) => number[]> = {
  mean: (rows) => byColumn(rows, (column) => column.reduce((a, b) => a + b) / rows.length),
  max: (rows) => byColumn(rows, (column) => Math.max(...column)),
  first: (rows) => rows[0],
  last: (rows) => rows[rows.length - 1],
  attention: attended,
};

describe.each(Object.keys(poolings) as PoolingName[])('pooling %s', (name) => {
  test('is its formula over the tokens of each text', () => {
    const [found] = pooled(name, hidden);
    const wanted = [0, 1].flatMap((b) => formulas[name](tokens(b)));
    // The penalty of padding, −1e9, costs digits of float64.
    found.forEach((x, i) => {
      expect(x).toBeCloseTo(wanted[i], 6);
    });
  });

  test('does not see the padding, and gives it no gradient', () => {
    const [found, gradients] = pooled(name, otherPadding);
    expect(found).toEqual(pooled(name, hidden)[0]);
    expect(gradients.slice(10)).toEqual([0, 0].map(() => expect.closeTo(0, 12)));
    expect(gradients.slice(0, 10).some((x) => Math.abs(x) > 0.01)).toBe(true);
  });
});

test('attention shows its weights: they are of the text, and sum to 1', () => {
  const [, , shown] = pooled('attention', hidden);
  expect(shown[5]).toBe(0);
  for (const b of [0, 1]) expect(shown.slice(b * time, (b + 1) * time).reduce((x, y) => x + y)).toBeCloseTo(1, 12);
});
