import type { DType } from '../ir/dtype.ts';
import type { Tensor } from '../ir/node.ts';
import type { OpRow } from '../ir/op.ts';
import { broadcastShape, ShapeError } from '../ir/shape.ts';
import type { ConcreteSignature, Signature } from '../ir/signature.ts';
import { broadcastStrides, forEachOffset } from '../ir/strides.ts';
import { type Value, zeros } from '../ir/value.ts';

/**
 * How an elementwise op behaves in a loop: extra leading axes are extra cases. A row with more to say spreads it:
 * `loop: { ...elementwise, range: 'unit' }`.
 */
export const elementwise = { batching: 'broadcast', isRowwise: true } as const;

/** The start of every unary elementwise op's row. */
export const unary = {
  infer: ({ x }: { readonly x: Tensor }): Signature => ({ shape: x.shape, dtype: x.dtype }),
  loop: elementwise,
};

/** The same for a binary op: NumPy's broadcasting, equal types; `result` when the type changes (comparisons). */
export const pairwise = (op: string, result?: DType) => ({
  infer: ({ a, b }: { readonly a: Tensor; readonly b: Tensor }): Signature => {
    if (a.dtype !== b.dtype) throw new ShapeError(`${op}: types must be equal, got a ${a}, b ${b}`);
    return { shape: broadcastShape(op, a.shape, b.shape), dtype: result ?? a.dtype };
  },
  loop: elementwise,
});

/** `reference` of a unary elementwise op. */
export const map =
  (f: (x: number) => number) =>
  ({ x }: { readonly x: Value }, _: unknown, [out]: readonly ConcreteSignature[]): Value => ({
    ...out,
    data: x.data.map(f),
  });

/** `reference` of a binary elementwise op with broadcasting. */
export const mapPairs =
  (f: (a: number, b: number) => number) =>
  ({ a, b }: { readonly a: Value; readonly b: Value }, _: unknown, [out]: readonly ConcreteSignature[]): Value => {
    const result = zeros(out.shape, out.dtype);
    const strides = [broadcastStrides(a.shape, out.shape), broadcastStrides(b.shape, out.shape)];
    forEachOffset(out.shape, strides, (i, at, bt) => {
      result.data[i] = f(a.data[at], b.data[bt]);
    });
    return result;
  };

/** Samples of a binary op with equal shapes, a stretched axis, a scalar and a missing axis. */
export const pairSamples = (range?: readonly [number, number]): OpRow<'a' | 'b', void>['samples'] => [
  { a: { shape: [2, 3], range }, b: { shape: [2, 3], range } },
  { a: { shape: [2, 1, 4], range }, b: { shape: [3, 1], range } },
  { a: { shape: [], range }, b: { shape: [2, 2], range } },
];
