import {
  broadcastTo,
  constantTensor,
  defineOp,
  equalShape,
  type Name,
  type OpCall,
  ShapeError,
  type Tensor,
  zeros,
} from '../graph/index.ts';

/** Both have equal leading axes, and `indices` are int32. */
function checkRows(op: string, x: Tensor, indices: Tensor): void {
  const agree = x.rank > 0 && x.rank === indices.rank && equalShape(x.shape.slice(0, -1), indices.shape.slice(0, -1));
  if (agree && indices.dtype === 'int32') return;
  throw new ShapeError(
    `${op}: expected x [..., n] and int32 indices [..., m] with equal leading axes, got ${x}, ${indices}`,
  );
}

/** Position of entry `index` of row `i / m`, for a last axis of size `n`. */
function placeOf(op: string, i: number, m: number, n: number, index: number): number {
  if (index < 0 || index >= n) throw new RangeError(`${op}: index must be in 0 … ${n - 1}, got ${index}`);
  return Math.floor(i / m) * n + index;
}

/**
 * Picks entries of every row: y[..., j] = x[..., indices[..., j]], NumPy's `take_along_axis` on the last axis.
 * `x`: [..., n], `indices`: int32 [..., m] → [..., m].
 */
export const takeAlong: OpCall<['x', 'indices']> = defineOp({
  name: 'takeAlong',
  inputs: ['x', 'indices'],
  infer: ({ x, indices }) => {
    checkRows('takeAlong', x, indices);
    return { shape: indices.shape, dtype: x.dtype };
  },
  reference: ({ x, indices }, _, [out]) => {
    const [n, m] = [x, indices].map(({ shape }) => shape[shape.length - 1]);
    const result = zeros(out.shape, out.dtype);
    indices.data.forEach((index, i) => {
      result.data[i] = x.data[placeOf('takeAlong', i, m, n, index)];
    });
    return result;
  },
  vjp: ({ x, indices, g }) => [addAlong(broadcastTo(constantTensor(0), { shape: x.shape }), indices, g), null],
  lower: (emit, inputs) => emit('GatherElements', inputs, { axis: -1 }),
  samples: [
    { x: { shape: [2, 4] }, indices: { shape: [2, 3], dtype: 'int32', values: [3, 0, 3, 1, 2, 1] } },
    { x: { shape: [3] }, indices: { shape: [2], dtype: 'int32', values: [2, 0] } },
  ],
});

/**
 * Adds to entries of every row: y = x; y[..., indices[..., j]] += updates[..., j]. Repeated indices add up.
 * `x`: [..., n], `indices`: int32 [..., m], `updates`: [..., m] → [..., n].
 */
export const addAlong: OpCall<['x', 'indices', 'updates']> = defineOp({
  name: 'addAlong',
  inputs: ['x', 'indices', 'updates'],
  infer: ({ x, indices, updates }) => {
    checkRows('addAlong', x, indices);
    if (!equalShape(updates.shape, indices.shape) || updates.dtype !== x.dtype) {
      throw new ShapeError(`addAlong: expected an update for every index, got indices ${indices}, updates ${updates}`);
    }
    return { shape: x.shape, dtype: x.dtype };
  },
  reference: ({ x, indices, updates }, _, [out]) => {
    const [n, m] = [x, indices].map(({ shape }) => shape[shape.length - 1]);
    const data = x.data.slice();
    indices.data.forEach((index, i) => {
      data[placeOf('addAlong', i, m, n, index)] += updates.data[i];
    });
    return { ...out, data };
  },
  vjp: ({ indices, g }) => [g, null, takeAlong(g, indices)],
  lower: (emit, inputs, { inputs: given }) => {
    const add = (values: readonly Name[]) => emit('ScatterElements', values, { axis: -1, reduction: 'add' });
    if (!emit.habits.has('roundsToBf16')) return add(inputs);
    // In bfloat16 a sum ends at 256 times its terms. In the body of a loop without matrix products OpenVINO stays in float32.
    const axis = emit.constant([0], 'int64');
    const steps = inputs.map((name) => emit('Unsqueeze', [name, axis]));
    const values = given.map(({ dtype, shape }, i) => ({ name: `given.${i}`, dtype, shape }));
    const body = emit.subgraph(values, (names) => [{ ...values[0], name: add(names) }]);
    return emit('Squeeze', [emit('Scan', steps, { num_scan_inputs: inputs.length, body }), axis]);
  },
  samples: [
    {
      x: { shape: [2, 4] },
      indices: { shape: [2, 3], dtype: 'int32', values: [3, 0, 3, 1, 2, 1] },
      updates: { shape: [2, 3] },
    },
  ],
});
