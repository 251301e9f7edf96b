import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  constant,
  fanInUniform,
  type Initializer,
  kaimingUniform,
  normal,
  normalWithPadding,
  ones,
  uniform,
  xavierNormal,
  xavierUniform,
  zeros,
} from '../../src/nn/index.ts';
import { draw } from '../ops/draw.ts';

const size = fc.integer({ min: 1, max: 9 });

/** The bound a of U(−a, a): what the largest uniform number, 1, would give. */
const boundOf = (initializer: Initializer, shape: readonly number[]): number => initializer(shape, () => 1)[0];

describe('uniform initializers have the bounds of torch.nn.init', () => {
  test('xavier_uniform_: gain·√(6/(fan_in + fan_out)), fans times the receptive field', () => {
    fc.assert(
      fc.property(size, size, size, fc.double({ min: 0.1, max: 3, noNaN: true }), (out, into, field, gain) => {
        const bound = gain * Math.sqrt(6 / ((out + into) * field));
        expect(boundOf(xavierUniform(gain), [out, into, field])).toBe(Math.fround(bound));
      }),
    );
  });

  test("kaiming_uniform_ with a = √5, as nn.Linear's weight: 1/√fan_in", () => {
    fc.assert(
      fc.property(size, size, (out, into) => {
        expect(boundOf(kaimingUniform(), [out, into])).toBeCloseTo(1 / Math.sqrt(into), 6);
        expect(boundOf(kaimingUniform(0), [out, into])).toBeCloseTo(Math.sqrt(6 / into), 6);
      }),
    );
  });

  test("nn.Linear's bias: 1/√fan_in", () => {
    expect(boundOf(fanInUniform(16), [3])).toBe(0.25);
  });

  test('every draw lies between the bounds, and the same numbers are drawn from the same source', () => {
    const shape = [20, 30];
    const values = uniform(-0.3, 0.7)(shape, draw('seed'));
    expect(values.length).toBe(600);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(Math.fround(-0.3));
    expect(Math.max(...values)).toBeLessThan(0.7);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.95);
    expect(uniform(-0.3, 0.7)(shape, draw('seed'))).toEqual(values);
  });
});

/** Share of the values within `x` standard deviations, and their mean in deviations. */
function moments(values: Float32Array, deviation: number) {
  const within = (x: number) => values.filter((value) => Math.abs(value) < x * deviation).length / values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const spread = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  return { mean: mean / deviation, spread: spread / deviation, one: within(1), two: within(2) };
}

describe('normal initializers', () => {
  // 40,000 draws: the mean's deviation is 0.005, the spread's 0.0035, a share's below 0.0025; each bound is four of them.
  const shape = [100, 400];
  test.each([
    ['normal_', normal(0, 0.02), 0.02],
    ['xavier_normal_', xavierNormal(2), 2 * Math.sqrt(2 / 500)],
  ] as const)('%s: mean 0, its deviation, and the shares of a bell', (name, initializer, deviation) => {
    const { mean, spread, one, two } = moments(initializer(shape, draw(name)), deviation);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(spread - 1)).toBeLessThan(0.014);
    expect(Math.abs(one - 0.6827)).toBeLessThan(0.01);
    expect(Math.abs(two - 0.9545)).toBeLessThan(0.005);
  });

  test('normal_ moves its mean', () => {
    const shifted = normal(3, 0.5)([50], draw('shift'));
    const plain = normal(0, 0.5)([50], draw('shift'));
    shifted.forEach((x, i) => expect(x).toBeCloseTo(3 + plain[i], 5));
  });

  test('a uniform number of 0 gives a finite draw', () => {
    expect(normal(0, 1)([4], () => 0)).toEqual(new Float32Array(4));
    expect(normal(0, 1)([4], () => 1 - 2 ** -32).every(Number.isFinite)).toBe(true);
  });

  test("an embedding's padding row is zero, the others are drawn as without", () => {
    const plain = normal(0, 0.02)([5, 3], draw('table'));
    const padded = normalWithPadding(0.02, 3)([5, 3], draw('table'));
    expect([...padded.subarray(9, 12)]).toEqual([0, 0, 0]);
    plain.fill(0, 9, 12);
    expect(padded).toEqual(plain);
  });
});

test('constants fill a shape; a scalar has one element', () => {
  const never = () => expect.fail('a constant draws nothing');
  expect([...zeros([2, 2], never)]).toEqual([0, 0, 0, 0]);
  expect([...ones([], never)]).toEqual([1]);
  expect([...constant(0.5)([3], never)]).toEqual([0.5, 0.5, 0.5]);
});
