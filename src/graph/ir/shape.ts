import { type Binding, type Dim, type DimLike, dim, equalDim, evaluateDim, mulDim } from './dimension.ts';

/** The sizes of a tensor's axes. */
export type Shape = readonly Dim[];

/** An invalid graph: shapes or types that do not fit. The message names the op, the rule and the shapes found. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A shape from numbers, symbols' names and dimensions. @throws {RangeError} for anything else. */
export const shapeOf = (dims: readonly DimLike[]): Shape => dims.map(dim);

/** A shape as messages show it: `[batch, 3]`. */
export const showShape = (shape: readonly (Dim | number)[]): string => `[${shape.join(', ')}]`;

/** Whether two shapes have the same dimensions. */
export const equalShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => equalDim(size, b[axis]));

/**
 * A tensor's sizes, one for each axis that is named: `axisSizes('loss', 'hidden', hidden, ['batch', 'time', 'width'])`.
 *
 * @throws {ShapeError} when it has more or fewer axes.
 */
export function axisSizes<const Axes extends readonly string[]>(
  op: string,
  name: string,
  { shape }: { readonly shape: Shape },
  axes: Axes,
): { readonly [Axis in keyof Axes]: Dim } {
  const hasAxes = (sizes: Shape): sizes is { readonly [Axis in keyof Axes]: Dim } => sizes.length === axes.length;
  if (hasAxes(shape)) return shape;
  throw new ShapeError(`${op}: expected ${name} [${axes.join(', ')}], got ${showShape(shape)}`);
}

/** The number of elements. */
export const sizeOf = (shape: Shape): Dim => shape.reduce(mulDim, 1);

/** A shape's sizes under a binding. @throws {RangeError} when a symbol has no value. */
export const concreteShape = (shape: Shape, binding: Binding): number[] =>
  shape.map((size) => evaluateDim(size, binding));

/** NumPy's broadcasting; only the number 1 stretches, never a symbol. */
export function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (equalDim(x, y) || y === 1) return x;
    if (x === 1) return y;
    throw new ShapeError(
      `${op}: shapes must be equal or 1 on every axis, got a ${showShape(a)}, b ${showShape(b)} (${x} ≠ ${y})`,
    );
  });
}

/** A possibly negative axis as 0 … rank − 1. */
export function axisOf(op: string, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= rank) {
    throw new ShapeError(`${op}: axis must be an integer in −${rank} … ${rank - 1}, got ${axis}`);
  }
  return at;
}

/** An axis after a new one has been added in front. */
export const shiftedAxis = (axis: number): number => (axis < 0 ? axis : axis + 1);

/** Row-major strides of a concrete shape. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}
