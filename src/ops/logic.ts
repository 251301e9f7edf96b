import {
  broadcastShape,
  broadcastStrides,
  type DType,
  defineOp,
  elementwise,
  forEachOffset,
  map,
  mapPairs,
  mul,
  type OpCall,
  pairwise,
  ShapeError,
  zeros,
} from '../graph/index.ts';
import { sub } from './arithmetic.ts';

/** a < b, elementwise with broadcasting. `a`, `b`: [...] → bool [...]. */
export const less: OpCall<['a', 'b']> = defineOp({
  name: 'less',
  inputs: ['a', 'b'],
  ...pairwise('less', 'bool'),
  reference: mapPairs((a, b) => Number(a < b)),
  vjp: 'none',
  lower: (emit, inputs) => emit('Less', inputs),
  samples: [
    { a: { shape: [2, 3] }, b: { shape: [3] } },
    { a: { shape: [3], dtype: 'int32', values: [1, 2, 3] }, b: { shape: [], dtype: 'int32', values: [2] } },
    { a: { shape: [3], dtype: 'uint8', values: [1, 200, 255] }, b: { shape: [], dtype: 'uint8', values: [200] } },
  ],
});

/** a = b, elementwise with broadcasting. `a`, `b`: [...] → bool [...]. */
export const equal: OpCall<['a', 'b']> = defineOp({
  name: 'equal',
  inputs: ['a', 'b'],
  ...pairwise('equal', 'bool'),
  reference: mapPairs((a, b) => Number(a === b)),
  vjp: 'none',
  lower: (emit, inputs) => emit('Equal', inputs),
  samples: [
    { a: { shape: [3], dtype: 'int32', values: [1, 2, 3] }, b: { shape: [], dtype: 'int32', values: [2] } },
    { a: { shape: [2], values: [1, 2] }, b: { shape: [2], values: [1, 3] } },
  ],
});

/** a ∧ b, elementwise with broadcasting. `a`, `b`: bool [...] → bool [...]. */
export const and: OpCall<['a', 'b']> = defineOp({
  name: 'and',
  inputs: ['a', 'b'],
  ...pairwise('and', 'bool'),
  reference: mapPairs((a, b) => Number(a !== 0 && b !== 0)),
  vjp: 'none',
  lower: (emit, inputs) => emit('And', inputs),
  samples: [{ a: { shape: [2, 1], dtype: 'bool', values: [0, 1] }, b: { shape: [2], dtype: 'bool', values: [0, 1] } }],
});

/** ¬x, elementwise. `x`: bool [...] → bool [...]. */
export const not: OpCall<['x']> = defineOp({
  name: 'not',
  inputs: ['x'],
  infer: ({ x }) => ({ shape: x.shape, dtype: 'bool' }),
  reference: map((x) => Number(x === 0)),
  vjp: 'none',
  lower: (emit, inputs) => emit('Not', inputs),
  loop: elementwise,
  samples: [{ x: { shape: [2], dtype: 'bool', values: [0, 1] } }],
});

/** Where `condition` holds `a`, else `b`, with broadcasting. `condition`: bool [...], `a`, `b`: [...] → [...]. */
export const where: OpCall<['condition', 'a', 'b']> = defineOp({
  name: 'where',
  inputs: ['condition', 'a', 'b'],
  infer: ({ condition, a, b }) => {
    if (condition.dtype !== 'bool' || a.dtype !== b.dtype) {
      throw new ShapeError(`where: expected a bool and two of one type, got ${condition}, ${a}, ${b}`);
    }
    return {
      shape: broadcastShape('where', condition.shape, broadcastShape('where', a.shape, b.shape)),
      dtype: a.dtype,
    };
  },
  reference: ({ condition, a, b }, _, [out]) => {
    const result = zeros(out.shape, out.dtype);
    const strides = [condition, a, b].map(({ shape }) => broadcastStrides(shape, out.shape));
    forEachOffset(out.shape, strides, (i, c, at, bt) => {
      result.data[i] = condition.data[c] ? a.data[at] : b.data[bt];
    });
    return result;
  },
  vjp: ({ condition, g }) => {
    const keep = cast(condition, { dtype: 'float' });
    return [null, mul(g, keep), mul(g, sub(1, keep))];
  },
  lower: (emit, inputs) => emit('Where', inputs),
  loop: elementwise,
  samples: [
    {
      condition: { shape: [2, 1], dtype: 'bool', values: [0, 1] },
      a: { shape: [2, 3] },
      b: { shape: [] },
    },
  ],
});

/** The same values as another type; to bool: x ≠ 0; float to int32 drops the fraction. `x`: [...] → [...]. */
export const cast: OpCall<['x'], { readonly dtype: DType }> = defineOp({
  name: 'cast',
  inputs: ['x'],
  infer: ({ x }, { dtype }) => ({ shape: x.shape, dtype }),
  reference: ({ x }, { dtype }, [out]) => {
    const convert =
      dtype === 'bool' ? (n: number) => Number(n !== 0) : dtype === 'float' ? (n: number) => n : Math.trunc;
    return { ...out, data: x.data.map(convert) };
  },
  vjp: ({ x, g, attributes: { dtype } }) => [x.dtype === 'float' && dtype === 'float' ? g : null],
  lower: (emit, [x], { attributes: { dtype } }) => emit.cast(x, dtype),
  simplify: ({ inputs: [x], attributes: { dtype } }) => (x.dtype === dtype ? x : null),
  loop: elementwise,
  samples: [
    { x: { shape: [3], dtype: 'int32', values: [0, 1, 7] }, attributes: { dtype: 'float' } },
    { x: { shape: [2], dtype: 'bool', values: [0, 1] }, attributes: { dtype: 'float' } },
    { x: { shape: [3], dtype: 'int32', values: [0, 1, 7] }, attributes: { dtype: 'bool' } },
    { x: { shape: [4], values: [-1.5, -0.5, 0.5, 2.7] }, attributes: { dtype: 'int32' } },
    { x: { shape: [3], values: [-1.5, 0, 0.2] }, attributes: { dtype: 'bool' } },
    { x: { shape: [3], dtype: 'uint8', values: [0, 128, 255] }, attributes: { dtype: 'int32' } },
    { x: { shape: [2] }, attributes: { dtype: 'float' } },
  ],
});
