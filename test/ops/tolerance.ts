/** How close is close: the one table of the op tests. */
import { expect } from 'vitest';
import type { Value } from '../../src/graph/index.ts';

/** Largest |actual − expected|, as a multiple of the expected tensor's largest entry (at least 1). */
export const tolerance = {
  /** float32 engine against float64 reference, forward: a few roundings of 6e-8. */
  output: 2e-6,
  /** The same for gradients, which chain more of them. */
  gradient: 4e-6,
  /** Two float64 graphs of one function. */
  exact: 1e-12,
  /** float64 graphs of which one holds constants folded in float32. */
  folded: 1e-6,
} as const;

/**
 * A derivative against finite differences. The stencil below has truncation h⁶/140·f⁽⁷⁾ and rounding ≈ 2e-16·|f|/h: with
 * h = 1e-3 both stay under 1e-10 for the samples' ranges, so 1e-8 leaves room and still is 1e-8.
 */
export const differenceTolerance = 1e-8;

export function expectClose(actual: Value, expected: Value, bound: number, what: string): void {
  expect(actual.shape, `${what}: shape`).toEqual(expected.shape);
  expect(actual.dtype, `${what}: type`).toBe(expected.dtype);
  const scale = expected.data.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  const limit = expected.dtype === 'float' ? bound * scale : 0;
  expected.data.forEach((x, i) => {
    const isSame = Object.is(actual.data[i], x) || Math.abs(actual.data[i] - x) <= limit;
    if (!isSame) {
      expect.fail(`${what}: element ${i} must be ${x} ± ${limit}, got ${actual.data[i]}`);
    }
  });
}
