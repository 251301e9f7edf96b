import {
  axisOf,
  broadcastStrides,
  type Dim,
  defineComposite,
  defineOp,
  forEachOffset,
  mul,
  type OpCall,
  reducedShape,
  reshape,
  ShapeError,
  shiftedAxis,
  sum,
  type Tensor,
  zeros,
} from '../graph/index.ts';
import { div, square } from './arithmetic.ts';
import { cast, equal } from './logic.ts';
import { axisSize } from './range.ts';

type Axes = { readonly axes: readonly number[]; readonly keepDims?: boolean };

/** Largest element over `axes`; equal largest elements share the gradient. `x`: [...] → [...]. */
export const reduceMax: OpCall<['x'], Axes> = defineOp({
  name: 'reduceMax',
  inputs: ['x'],
  infer: ({ x }, { axes, keepDims }) => ({ shape: reducedShape('reduceMax', x.shape, axes, keepDims), dtype: x.dtype }),
  reference: ({ x }, { axes }, [out]) => {
    const kept = reducedShape('reduceMax', x.shape, axes, true) as number[];
    const result = zeros(kept, out.dtype);
    result.data.fill(Number.NEGATIVE_INFINITY);
    forEachOffset(x.shape, [broadcastStrides(kept, x.shape)], (i, at) => {
      result.data[at] = Math.max(result.data[at], x.data[i]);
    });
    return { ...result, shape: out.shape };
  },
  vjp: ({ x, y, g, attributes: { axes } }) => {
    const shape = reducedShape('reduceMax', x.shape, axes, true);
    const isLargest = cast(equal(x, reshape(y, { shape })), { dtype: 'float' });
    return [mul(isLargest, div(reshape(g, { shape }), sum(isLargest, { axes, keepDims: true })))];
  },
  lower: (emit, [x], { attributes: { axes, keepDims }, inputs: [{ rank }] }) =>
    emit(
      'ReduceMax',
      [
        x,
        emit.constant(
          axes.map((axis) => axisOf('reduceMax', axis, rank)),
          'int64',
          [axes.length],
        ),
      ],
      {
        keepdims: keepDims ? 1 : 0,
      },
    ),
  loop: { batching: ([x], { axes, keepDims }) => [reduceMax(x, { axes: axes.map(shiftedAxis), keepDims })] },
  samples: [
    { x: { shape: [2, 3, 4] }, attributes: { axes: [1] } },
    { x: { shape: [2, 3] }, attributes: { axes: [-1], keepDims: true } },
    { x: { shape: [4], values: [1, 3, 3, 0] }, attributes: { axes: [0] } },
  ],
});

/**
 * Largest element of every block of `size` neighbours of the last axis; the last block may have fewer.
 * `x`: [..., n] → [..., ⌈n / size⌉].
 */
export const blockMax: OpCall<['x'], { readonly size: number }> = defineOp({
  name: 'blockMax',
  inputs: ['x'],
  infer: ({ x }, { size }) => {
    const length = x.shape[x.shape.length - 1];
    if (typeof length !== 'number') throw new ShapeError(`blockMax: the last axis must be a number, got ${length}`);
    return { shape: [...x.shape.slice(0, -1), Math.ceil(length / size)], dtype: x.dtype };
  },
  reference: ({ x }, { size }, [out]) => {
    const [length, count] = [x.shape[x.shape.length - 1], out.shape[out.shape.length - 1]];
    const result = zeros(out.shape, out.dtype);
    result.data.forEach((_, i) => {
      const [row, block] = [Math.floor(i / count), i % count];
      const to = row * length + Math.min(length, (block + 1) * size);
      result.data[i] = x.data.subarray(row * length + block * size, to).reduce((a, b) => Math.max(a, b));
    });
    return result;
  },
  vjp: 'none',
  lower: (emit, [x], { attributes: { size }, inputs: [{ shape }], outputs: [out] }) => {
    const length = Number(shape[shape.length - 1]);
    if (length % size === 0) {
      // Faster than pooling, which needs no whole number of blocks.
      const blocks = emit('Reshape', [x, emit.shape([...out.shape, size])]);
      return emit('ReduceMax', [blocks, emit.constant([-1], 'int64')], { keepdims: 0 });
    }
    const missing = Math.ceil(length / size) * size - length;
    const rows = emit('Reshape', [x, emit.constant([-1, 1, length], 'int64')]);
    const largest = emit('MaxPool', [rows], { kernel_shape: [size], strides: [size], pads: [0, missing] });
    return emit('Reshape', [largest, emit.shape(out.shape)]);
  },
  samples: [
    { x: { shape: [2, 6] }, attributes: { size: 3 } },
    { x: { shape: [2, 3, 7], range: [-9, -1] }, attributes: { size: 4 } },
  ],
});

/** Position of the largest element of the last axis; the first of equal ones. `x`: [..., n] → int32 [...]. */
export const argmax: OpCall<['x']> = defineOp({
  name: 'argmax',
  inputs: ['x'],
  infer: ({ x }) => ({ shape: reducedShape('argmax', x.shape, [-1]), dtype: 'int32' }),
  reference: ({ x }, _, [out]) => {
    const width = x.shape[x.shape.length - 1];
    const result = zeros(out.shape, 'int32');
    result.data.forEach((_row, i) => {
      const row = x.data.subarray(i * width, (i + 1) * width);
      result.data[i] = row.indexOf(row.reduce((a, b) => Math.max(a, b)));
    });
    return result;
  },
  vjp: 'none',
  lower: (emit, inputs) => emit.cast(emit('ArgMax', inputs, { axis: -1, keepdims: 0 }), 'int32'),
  samples: [{ x: { shape: [2, 4], values: [1, 3, 3, 0, -1, -2, -5, -0.5] } }],
});

/**
 * The k largest elements of the last axis, largest first; equal ones keep their order. `k` is at most the size of the
 * axis. `x`: [..., n] → values [..., k], positions int32 [..., k].
 */
export const topK: OpCall<['x'], { readonly k: number }> = defineOp({
  name: 'topK',
  inputs: ['x'],
  infer: ({ x }, { k }) => {
    const size = x.shape[x.rank - 1];
    if (typeof size === 'number' && k > size) throw new ShapeError(`topK: k must be at most ${size}, got ${k}`);
    const shape: Dim[] = [...x.shape.slice(0, -1), k];
    return [
      { shape, dtype: 'float' },
      { shape, dtype: 'int32' },
    ];
  },
  reference: ({ x }, { k }, [best, places]) => {
    const width = x.shape[x.shape.length - 1];
    const [values, indices] = [zeros(best.shape), zeros(places.shape, 'int32')];
    for (let row = 0; row < x.data.length / width; row++) {
      const at = (i: number) => x.data[row * width + i];
      const order = Array.from({ length: width }, (_, i) => i).sort((a, b) => at(b) - at(a) || a - b);
      for (let i = 0; i < k; i++) {
        values.data[row * k + i] = at(order[i]);
        indices.data[row * k + i] = order[i];
      }
    }
    return [values, indices];
  },
  vjp: 'none',
  lower: (emit, [x], { attributes: { k } }) => {
    const [values, indices] = emit.many('TopK', [x, emit.constant([k], 'int64')], 2, { axis: -1 });
    return [values, emit.cast(indices, 'int32')];
  },
  samples: [{ x: { shape: [2, 4], values: [1, 3, 2, 0, -1, -2, -5, -0.5] }, attributes: { k: 2 } }],
});

/** Sum of the squares of all elements, in one pass over memory. `x`: [...] → []. */
export const sumSquares: OpCall<['x']> = defineComposite({
  name: 'sumSquares',
  inputs: ['x'],
  body: ({ x }) => sum(square(x), { axes: x.shape.map((_, axis) => axis) }),
  lower: (emit, inputs) => emit('ReduceSumSquare', inputs, { keepdims: 0 }),
  samples: [{ x: { shape: [2, 3] } }, { x: { shape: [4] } }],
});

/** Arithmetic mean over `axes`. `x`: [...] → [...]. */
export function mean(x: Tensor, { axes, keepDims }: Axes): Tensor {
  const sizes = axes.map((axis) => axisSize(x, { axis: axisOf('mean', axis, x.rank) }));
  return sizes.reduce((total, size) => div(total, size), sum(x, { axes, keepDims }));
}
