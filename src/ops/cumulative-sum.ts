import { axisOf, defineOp, type OpCall, ShapeError, shiftedAxis, zeros } from '../graph/index.ts';

/**
 * Sums of all elements up to each one along `axis`: yᵢ = Σⱼ≤ᵢ xⱼ. `x`: float or int32 [...] → [...].
 *
 * `exclusive` leaves out the element itself: Σⱼ<ᵢ xⱼ; `reverse` sums from the end: Σⱼ≥ᵢ xⱼ. The gradient is the sum from
 * the other end.
 *
 * @throws {ShapeError} when `x` is bool or uint8, or has no such axis.
 * @example
 * // RoBERTa's positions of int32 ids [B, T], pad an int32 []: tokens count from pad + 1, padding stays at pad.
 * const mask = cast(not(equal(ids, pad)), { dtype: 'int32' });
 * const positions = add(mul(cumulativeSum(mask, { axis: -1 }), mask), pad);
 */
export const cumulativeSum: OpCall<
  ['x'],
  { readonly axis: number; readonly exclusive?: boolean; readonly reverse?: boolean }
> = defineOp({
  name: 'cumulativeSum',
  inputs: ['x'],
  infer: ({ x }, { axis }) => {
    if (x.dtype !== 'float' && x.dtype !== 'int32') {
      throw new ShapeError(`cumulativeSum: expected float or int32, got ${x}`);
    }
    axisOf('cumulativeSum', axis, x.rank);
    return x;
  },
  reference: ({ x }, { axis, exclusive, reverse }, [out]) => {
    const at = axisOf('cumulativeSum', axis, x.shape.length);
    const size = x.shape[at];
    const inner = x.shape.slice(at + 1).reduce((n, length) => n * length, 1);
    const result = zeros(out.shape, out.dtype);
    for (let first = 0; first < x.data.length; first += size * inner) {
      for (let column = 0; column < inner; column++) {
        let total = 0;
        for (let i = 0; i < size; i++) {
          const place = first + (reverse ? size - 1 - i : i) * inner + column;
          const next = total + x.data[place];
          result.data[place] = exclusive ? total : next;
          total = next;
        }
      }
    }
    return result;
  },
  vjp: ({ g, attributes }) => [cumulativeSum(g, { ...attributes, reverse: !attributes.reverse })],
  lower: (emit, [x], { attributes: { axis, exclusive, reverse } }) =>
    emit('CumSum', [x, emit.constant(axis, 'int32')], { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 }),
  loop: { batching: ([x], { axis, ...ends }) => [cumulativeSum(x, { axis: shiftedAxis(axis), ...ends })] },
  samples: [
    { x: { shape: [2, 4] }, attributes: { axis: -1 } },
    { x: { shape: [4, 2, 3] }, attributes: { axis: 0, exclusive: true } },
    { x: { shape: [2, 4, 3] }, attributes: { axis: 1, reverse: true } },
    { x: { shape: [5] }, attributes: { axis: 0, exclusive: true, reverse: true } },
    { x: { shape: [2, 3], dtype: 'int32', values: [1, 0, 1, 1, 1, 0] }, attributes: { axis: 1 } },
  ],
});
