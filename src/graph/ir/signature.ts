import type { Binding, DimLike } from './dimension.ts';
import type { DType } from './dtype.ts';
import { concreteShape, type Shape, shapeOf } from './shape.ts';

/** What is known about a tensor before anything runs. */
export interface Signature {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The sizes and type of a tensor, known when a graph is interpreted. */
export interface ConcreteSignature {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A signature from sizes and symbols' names: `signature(['batch', 8], 'int32')`. */
export const signature = (shape: readonly DimLike[], dtype: DType = 'float'): Signature => ({
  shape: shapeOf(shape),
  dtype,
});

/** A signature with its symbols' values. */
export const concrete = ({ shape, dtype }: Signature, binding: Binding): ConcreteSignature => ({
  shape: concreteShape(shape, binding),
  dtype,
});
