import type { DType } from './dtype.ts';
import { ShapeError, showShape } from './shape.ts';

/** A concrete tensor of the interpreter, row-major. Every element type is held as float64: slow, simple, exact enough. */
export interface Value {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Float64Array;
}

/** The number of elements; a scalar's `[]` counts 1. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((count, size) => count * size, 1);

/** A value from its numbers, row-major. @throws {ShapeError} when their count is not the shape's. */
export function value(shape: readonly number[], data: ArrayLike<number>, dtype: DType = 'float'): Value {
  if (data.length !== elementCount(shape)) {
    throw new ShapeError(`value: ${showShape(shape)} holds ${elementCount(shape)} elements, got ${data.length}`);
  }
  return { shape, dtype, data: Float64Array.from(data) };
}

/** A value full of zeros. */
export const zeros = (shape: readonly number[], dtype: DType = 'float'): Value => ({
  shape,
  dtype,
  data: new Float64Array(elementCount(shape)),
});
