import { stridesOf } from './shape.ts';
import { elementCount } from './value.ts';

/** Strides with which an array of shape `from`, broadcast to shape `to`, is read: 0 on stretched axes. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(from);
  return to.map((_, axis) => {
    const at = axis - (to.length - from.length);
    return at < 0 || from[at] === 1 ? 0 : own[at];
  });
}

/**
 * Calls `visit(offset, …)` for every element of `shape` in row-major order with the offset into each strided array.
 * References are written with this loop: strides are precomputed, and no accessor runs per element.
 */
export function forEachOffset(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (index: number, a: number, b: number, c: number) => void,
): void {
  const count = elementCount(shape);
  const rank = shape.length;
  const at = new Array<number>(rank).fill(0);
  const [sa = [], sb = [], sc = []] = strides;
  let a = 0;
  let b = 0;
  let c = 0;
  for (let index = 0; index < count; index++) {
    visit(index, a, b, c);
    for (let axis = rank - 1; axis >= 0; axis--) {
      a += sa[axis] ?? 0;
      b += sb[axis] ?? 0;
      c += sc[axis] ?? 0;
      if (++at[axis] < shape[axis]) break;
      a -= (sa[axis] ?? 0) * shape[axis];
      b -= (sb[axis] ?? 0) * shape[axis];
      c -= (sc[axis] ?? 0) * shape[axis];
      at[axis] = 0;
    }
  }
}
