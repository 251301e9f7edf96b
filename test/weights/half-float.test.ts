import { expect, test } from 'vitest';
import { roundToBfloat16, roundToFloat16, widenBfloat16, widenFloat16 } from '../../src/weights/half-float.ts';

const everyPattern = Uint16Array.from({ length: 65536 }, (_, i) => i);

test.each([
  ['F16', widenFloat16, roundToFloat16, 0x7c00],
  ['BF16', widenBfloat16, roundToBfloat16, 0x7f80],
] as const)('every bit pattern of %s that is a number survives widening and rounding', (_, widen, round, infinity) => {
  const back = round(widen(everyPattern));
  const changed = everyPattern.filter((bits) => back[bits] !== bits);
  expect(changed.every((bits) => (bits & 0x7fff) > infinity)).toBe(true);
  expect(Array.from(widen(changed)).every(Number.isNaN)).toBe(true);
  expect(Array.from(widen(round(widen(changed)))).every(Number.isNaN)).toBe(true);
});

test('F16 has the values of IEEE 754 binary16', () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x3555, 0x8000);
  const values = [1, -2, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 65504, 0.333251953125, -0];
  expect(Array.from(widenFloat16(bits))).toEqual(values);
});

test('rounding goes to the nearest, ties to even', () => {
  const step = 2 ** -10;
  const halves = Float32Array.of(1 + step / 2, 1 + 1.5 * step, 1 + 0.51 * step, 65519, 65520, 2 ** -25, 1.5 * 2 ** -24);
  const rounded = [1, 1 + 2 * step, 1 + step, 65504, Number.POSITIVE_INFINITY, 0, 2 ** -23];
  expect(Array.from(widenFloat16(roundToFloat16(halves)))).toEqual(rounded);
  const near = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20);
  expect(Array.from(widenBfloat16(roundToBfloat16(near)))).toEqual([1, 1 + 2 ** -6, 1 + 2 ** -7]);
});
