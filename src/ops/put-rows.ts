import {
  broadcastTo,
  constantTensor,
  defineOp,
  equalShape,
  gather,
  type OpCall,
  type Shape,
  ShapeError,
  type Tensor,
} from '../graph/index.ts';
import { transpose } from './layout.ts';

/** @throws {ShapeError} unless there is one row for every index. */
function checkRows(x: Tensor, indices: Tensor, rows: Tensor): void {
  const wanted: Shape = [...indices.shape, ...x.shape.slice(1)];
  const isRow = x.rank > 0 && indices.dtype === 'int32' && rows.dtype === x.dtype && equalShape(rows.shape, wanted);
  if (isRow) return;
  throw new ShapeError(
    `putRows: expected x [n, ...rest], int32 indices [...m] and rows [...m, ...rest], got ${x}, ${indices}, ${rows}`,
  );
}

/**
 * Replaces rows: y = x; y[indices[i]] = rows[i]. The opposite of `gather`; an index must not occur twice.
 * `x`: [n, ...rest], `indices`: int32 [...m], `rows`: [...m, ...rest] → [n, ...rest].
 *
 * The engine copies no other row if it may write the result over `x`; see `RunOptions.overwrite`.
 */
export const putRows: OpCall<['x', 'indices', 'rows']> = defineOp({
  name: 'putRows',
  inputs: ['x', 'indices', 'rows'],
  infer: ({ x, indices, rows }) => {
    checkRows(x, indices, rows);
    return { shape: x.shape, dtype: x.dtype };
  },
  reference: ({ x, indices, rows }, _, [out]) => {
    const data = x.data.slice();
    const [count] = x.shape as readonly [number];
    const width = data.length / count;
    const seen = new Set<number>();
    indices.data.forEach((index, i) => {
      if (index < 0 || index >= count) throw new RangeError(`putRows: index must be in 0 … ${count - 1}, got ${index}`);
      if (seen.has(index)) throw new RangeError(`putRows: expected every index once, got ${index} twice`);
      seen.add(index);
      data.set(rows.data.subarray(i * width, (i + 1) * width), index * width);
    });
    return { ...out, data };
  },
  vjp: ({ indices, rows, g }) => [
    putRows(g, indices, broadcastTo(constantTensor(0), { shape: rows.shape })),
    null,
    gather(g, indices),
  ],
  lower: (emit, [x, indices, rows]) => {
    // In this order, because WebGPU unsqueezes no int64.
    const places = emit.cast(emit('Unsqueeze', [indices, emit.constant([-1], 'int64', [1])]), 'int64');
    return emit('ScatterND', [x, places, rows]);
  },
  // Rows in another order are the same rows: their indices are rearranged instead, which are fewer numbers.
  simplify: ({ inputs: [x, indices, rows] }) => {
    if (rows.node.op !== transpose.op) return null;
    const { permutation } = rows.node.attributes as { readonly permutation: readonly number[] };
    const order = indices.shape.map((_, axis) => permutation.indexOf(axis));
    if (!permutation.every((axis, i) => (i < indices.rank ? axis < indices.rank : axis === i))) return null;
    return putRows(x, transpose(indices, { permutation: order }), rows.node.inputs[0]);
  },
  samples: [
    {
      x: { shape: [5, 3] },
      indices: { shape: [2, 2], dtype: 'int32', values: [4, 0, 1, 2] },
      rows: { shape: [2, 2, 3] },
    },
    { x: { shape: [4] }, indices: { shape: [2], dtype: 'int32', values: [3, 1] }, rows: { shape: [2] } },
  ],
});
