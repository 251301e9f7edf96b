import { defineOp, equalDim, type OpCall, ShapeError, zeros } from '../graph/index.ts';

/**
 * Rows of a table for every group: y[b, i] = x[b, indices[b, i]]. `x`: [B, n, ...rest], `indices`: int32 [B, k] →
 * [B, k, ...rest].
 */
export const takeRows: OpCall<['x', 'indices']> = defineOp({
  name: 'takeRows',
  inputs: ['x', 'indices'],
  infer: ({ x, indices }) => {
    const [[groups], [count, many]] = [x.shape, indices.shape];
    const agree = x.rank > 1 && indices.rank === 2 && indices.dtype === 'int32';
    if (!agree || groups === undefined || count === undefined || many === undefined || !equalDim(groups, count)) {
      throw new ShapeError(`takeRows: expected x [B, n, ...rest] and int32 indices [B, k], got ${x}, ${indices}`);
    }
    return { shape: [groups, many, ...x.shape.slice(2)], dtype: x.dtype };
  },
  reference: ({ x, indices }, _, [out]) => {
    const [, count, ...rest] = x.shape as readonly [number, number, ...number[]];
    const [, many] = indices.shape as readonly [number, number];
    const width = rest.reduce((product, size) => product * size, 1);
    const result = zeros(out.shape, out.dtype);
    indices.data.forEach((index, i) => {
      if (index < 0 || index >= count)
        throw new RangeError(`takeRows: index must be in 0 … ${count - 1}, got ${index}`);
      const from = (Math.floor(i / many) * count + index) * width;
      result.data.set(x.data.subarray(from, from + width), i * width);
    });
    return result;
  },
  vjp: 'none',
  lower: (emit, [x, indices]) => {
    // In this order, because WebGPU unsqueezes no int64.
    const places = emit.cast(emit('Unsqueeze', [indices, emit.constant([-1], 'int64', [1])]), 'int64');
    return emit('GatherND', [x, places], { batch_dims: 1 });
  },
  samples: [
    { x: { shape: [2, 4, 3] }, indices: { shape: [2, 2], dtype: 'int32', values: [3, 0, 1, 1] } },
    { x: { shape: [1, 3] }, indices: { shape: [1, 2], dtype: 'int32', values: [2, 0] } },
  ],
});
