import { describe, expect, test } from 'vitest';
import { input, interpret, value } from '../../src/graph/index.ts';
import { learnedPositions, positionRows, sinusoidalPositions, sinusoidTable, Trace } from '../../src/nn/index.ts';
import { draw } from '../ops/draw.ts';
import { goldenValues } from './golden-case.ts';

const golden = await goldenValues('positions.safetensors');

/** Rows and width of every table of a kind, which its name says: `KIND/10x8`. */
const sizesOf = (kind: string): [rows: number, width: number][] =>
  Object.keys(golden).flatMap((name) => {
    const size = new RegExp(`^${kind}/(\\d+)x(\\d+)$`).exec(name);
    return size ? [[Number(size[1]), Number(size[2])] as [number, number]] : [];
  });

test('the golden has tables of both kinds', () => {
  expect(['marian_sinusoidal', 'vaswani_interleaved'].map((kind) => sizesOf(kind).length > 0)).toEqual([true, true]);
});

describe('sinusoidal positions', () => {
  test.each(sizesOf('marian_sinusoidal'))('%i rows of width %i are those of Transformers', (rows, width) => {
    const expected = golden[`marian_sinusoidal/${rows}x${width}`];
    const found = sinusoidTable(rows, width);
    expect(found.length).toBe(expected.data.length);
    found.forEach((x, i) => expect(Math.fround(x)).toBeCloseTo(expected.data[i], 6));
  });

  test.each(sizesOf('vaswani_interleaved'))(
    '%i rows of width %i are the table of Vaswani et al. with its even columns first',
    (rows, width) => {
      const interleaved = golden[`vaswani_interleaved/${rows}x${width}`].data;
      sinusoidTable(rows, width).forEach((x, at) => {
        const [p, i] = [Math.floor(at / width), at % width];
        const column = i < width / 2 ? 2 * i : 2 * (i - width / 2) + 1;
        expect(x).toBeCloseTo(interleaved[p * width + column], 6);
      });
    },
  );

  test('the rows of a sequence are the first ones, or those at the positions asked for', () => {
    const [rows, width] = [6, 4];
    const table = Array.from(sinusoidTable(rows, width));
    const positions = sinusoidalPositions(rows, width);
    const at = input('at', ['asked'], 'int32');
    const [first] = interpret([positionRows(positions, 3)], {});
    expect(first.shape).toEqual([3, width]);
    expect([...first.data]).toEqual(table.slice(0, 3 * width));
    const [asked] = interpret([positionRows(positions, 2, at)], { at: value([2], [5, 1], 'int32') });
    expect([...asked.data]).toEqual([...table.slice(5 * width, 6 * width), ...table.slice(width, 2 * width)]);
  });
});

test('learned positions are a parameter of [rows, width], N(0, 0.02²) at first', () => {
  const trace = new Trace();
  learnedPositions(trace.root.at('embed_positions'), 50, 40);
  const [[name, { shape, initializer }]] = trace.parameters;
  expect(name).toBe('embed_positions.weight');
  expect(shape).toEqual([50, 40]);
  const values = initializer(shape, draw('learned positions'));
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
  expect(deviation / 0.02).toBeGreaterThan(0.93);
  expect(deviation / 0.02).toBeLessThan(1.07);
});
