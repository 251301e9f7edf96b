/** The ops that `gradient` and `simplify` themselves emit. Every other op lives in `ops/`. */
import { constantNumber, constantTensor } from '../ir/constant.ts';
import { type Dim, equalDim, mulDim } from '../ir/dimension.ts';
import type { Emitter, Tensor } from '../ir/node.ts';
import { defineOp, type OpCall, stepSumOf, type TensorLike } from '../ir/op.ts';
import {
  axisOf,
  broadcastShape,
  equalShape,
  type Shape,
  ShapeError,
  shiftedAxis,
  showShape,
  sizeOf,
} from '../ir/shape.ts';
import { broadcastStrides, forEachOffset } from '../ir/strides.ts';
import { zeros } from '../ir/value.ts';
import { elementwise, mapPairs, pairSamples, pairwise } from './elementwise.ts';

/** Elementwise sum with broadcasting. `a`, `b`: [...] → [...]. */
export const add: OpCall<['a', 'b']> = defineOp({
  name: 'add',
  inputs: ['a', 'b'],
  ...pairwise('add'),
  reference: mapPairs((a, b) => a + b),
  vjp: ({ g }) => [g, g],
  lower: (emit, inputs) => emit('Add', inputs),
  simplify: ({ inputs: [a, b], outputs: [y] }) => {
    if (isNumber(b, 0) && sameSignature(a, y)) return a;
    if (isNumber(a, 0) && sameSignature(b, y)) return b;
    return accumulateInto(a, b) ?? accumulateInto(b, a);
  },
  loop: {
    ...elementwise,
    range: 'asInputs',
    stepSum: ({ inputs: [a, b], outputs: [y] }) => {
      const [left, right] = [stepSumOf(a), stepSumOf(b)];
      if (!left || !right || !sameSignature(a, y) || !sameSignature(b, y)) return null;
      const count = left.factors.length;
      return {
        factors: [...left.factors, ...right.factors],
        combine: (stacked) => add(left.combine(stacked.slice(0, count)), right.combine(stacked.slice(count))),
      };
    },
  },
  samples: pairSamples(),
});

/** Elementwise product with broadcasting. `a`, `b`: [...] → [...]. x·0 is not simplified: x may be infinite. */
export const mul: OpCall<['a', 'b']> = defineOp({
  name: 'mul',
  inputs: ['a', 'b'],
  ...pairwise('mul'),
  reference: mapPairs((a, b) => a * b),
  vjp: ({ a, b, g }) => [mul(g, b), mul(g, a)],
  lower: (emit, inputs) => emit('Mul', inputs),
  simplify: ({ inputs: [a, b], outputs: [y] }) => {
    if (isNumber(b, 1) && sameSignature(a, y)) return a;
    if (isNumber(a, 1) && sameSignature(b, y)) return b;
    return null;
  },
  loop: { ...elementwise, range: 'asInputs' },
  samples: pairSamples(),
});

/** Sum over `axes`; with `keepDims` they stay as 1. `x`: [...] → [...]. */
export const sum: OpCall<['x'], { readonly axes: readonly number[]; readonly keepDims?: boolean }> = defineOp({
  name: 'sum',
  inputs: ['x'],
  infer: ({ x }, { axes, keepDims }) => ({ shape: reducedShape('sum', x.shape, axes, keepDims), dtype: x.dtype }),
  reference: ({ x }, { axes }, [out]) => {
    const kept = reducedShape('sum', x.shape, axes, true) as number[];
    const result = zeros(kept, out.dtype);
    forEachOffset(x.shape, [broadcastStrides(kept, x.shape)], (i, at) => {
      result.data[at] += x.data[i];
    });
    return { ...result, shape: out.shape };
  },
  vjp: ({ x, g, attributes: { axes } }) => [
    broadcastTo(reshape(g, { shape: reducedShape('sum', x.shape, axes, true) }), { shape: x.shape }),
  ],
  lower: (emit, [x], { attributes: { axes, keepDims }, inputs: [{ rank }] }) =>
    axes.length === 0
      ? emit('Identity', [x])
      : emit(
          'ReduceSum',
          [
            x,
            emit.constant(
              axes.map((axis) => axisOf('sum', axis, rank)),
              'int64',
              [axes.length],
            ),
          ],
          { keepdims: keepDims ? 1 : 0 },
        ),
  // The sums of rows in another shape are those of the rows.
  simplify: ({ inputs: [x], attributes: { axes }, outputs: [y] }) => {
    if (x.node.op !== reshape.op || axes.length !== 1 || axisOf('sum', axes[0], x.rank) !== x.rank - 1) return null;
    const [rows] = x.node.inputs;
    if (rows.rank !== 2 || x.rank < 3 || !equalDim(rows.shape[1], x.shape[x.rank - 1])) return null;
    return reshape(sum(rows, { axes: [1], keepDims: true }), { shape: y.shape });
  },
  loop: {
    batching: ([x], { axes, keepDims }) => [sum(x, { axes: axes.map(shiftedAxis), keepDims })],
    stepSum: ({ inputs: [x], attributes: { axes }, outputs: [y] }) => ({
      factors: [x],
      combine: ([stacked]) => {
        const later = axes.map((axis) => axisOf('sum', axis, x.rank) + 1);
        return reshape(sum(stacked, { axes: [0, ...later] }), { shape: y.shape });
      },
    }),
  },
  samples: [
    { x: { shape: [2, 3, 4] }, attributes: { axes: [1] } },
    { x: { shape: [2, 3, 4] }, attributes: { axes: [0, -1], keepDims: true } },
    { x: { shape: [2, 3] }, attributes: { axes: [0, 1] } },
  ],
});

/** The same elements in the same order under another shape. `x`: [...] → `shape`. */
export const reshape: OpCall<['x'], { readonly shape: Shape }> = defineOp({
  name: 'reshape',
  inputs: ['x'],
  infer: ({ x }, { shape }) => {
    if (!equalDim(sizeOf(x.shape), sizeOf(shape))) {
      throw new ShapeError(
        `reshape: sizes must be equal, got ${showShape(x.shape)} (${sizeOf(x.shape)}) to ${showShape(shape)} (${sizeOf(shape)})`,
      );
    }
    return { shape, dtype: x.dtype };
  },
  reference: ({ x }, _, [out]) => ({ ...out, data: x.data }),
  vjp: ({ x, g }) => [reshape(g, { shape: x.shape })],
  lower: (emit, [x], { attributes: { shape } }) => emit('Reshape', [x, reshapeTarget(emit, shape)]),
  simplify: ({ inputs: [x], attributes: { shape } }) => {
    if (equalShape(x.shape, shape)) return x;
    return x.node.op === reshape.op ? reshape(x.node.inputs[0], { shape }) : null;
  },
  loop: {
    stepSum: ({ inputs: [x], attributes: { shape } }) => {
      const inner = stepSumOf(x);
      return inner && { ...inner, combine: (stacked) => reshape(inner.combine(stacked), { shape }) };
    },
    range: 'asInputs',
    batching: ([x], { shape }) => [reshape(x, { shape: [x.shape[0], ...shape] })],
  },
  samples: [
    { x: { shape: [2, 6] }, attributes: { shape: [3, 4] } },
    { x: { shape: [2, 3, 4] }, attributes: { shape: [6, 4] } },
    { x: { shape: [2, 3, 4] }, attributes: { shape: [2, 1, 3, 4] } },
  ],
});

/** Repeats along axes of size 1 and new leading axes. `x`: [...] → `shape`. */
export const broadcastTo: OpCall<['x'], { readonly shape: Shape }> = defineOp({
  name: 'broadcastTo',
  inputs: ['x'],
  infer: ({ x }, { shape }) => {
    if (!equalShape(broadcastShape('broadcastTo', x.shape, shape), shape)) {
      throw new ShapeError(`broadcastTo: ${showShape(x.shape)} cannot be broadcast to ${showShape(shape)}`);
    }
    return { shape, dtype: x.dtype };
  },
  reference: ({ x }, _, [out]) => {
    const result = zeros(out.shape, out.dtype);
    forEachOffset(out.shape, [broadcastStrides(x.shape, out.shape)], (i, at) => {
      result.data[i] = x.data[at];
    });
    return result;
  },
  vjp: ({ g }) => [g],
  lower: (emit, [x], { attributes: { shape } }) => emit('Expand', [x, emit.shape(shape)]),
  simplify: ({ inputs: [x], attributes: { shape } }) => (equalShape(x.shape, shape) ? x : null),
  samples: [
    { x: { shape: [2, 1] }, attributes: { shape: [3, 2, 4] } },
    { x: { shape: [] }, attributes: { shape: [2, 2] } },
  ],
});

/**
 * Adds rows into a table: out = table; out[indices[i]] += rows[i]. `table`: [V, D], `indices`: int32 [N], `rows`: [N,
 * D] → [V, D]. Repeated indices add up. Lowered to `ScatterElements`, which sums repeated indices correctly, never to
 * `ScatterND`.
 */
export const scatterAdd: OpCall<['table', 'indices', 'rows']> = defineOp({
  name: 'scatterAdd',
  inputs: ['table', 'indices', 'rows'],
  infer: ({ table, indices, rows }) => {
    const isIndex = indices.rank === 1 && indices.dtype === 'int32';
    const fits = table.rank === 2 && isIndex && equalShape(rows.shape, [indices.shape[0], table.shape[1]]);
    if (!fits) {
      throw new ShapeError(
        `scatterAdd: expected table [V, D], indices int32 [N], rows [N, D], got ${[table, indices, rows].join(', ')}`,
      );
    }
    return { shape: table.shape, dtype: table.dtype };
  },
  reference: ({ table, indices, rows }, _, [out]) => {
    const data = table.data.slice();
    const width = table.shape[1];
    for (let n = 0; n < indices.data.length; n++) {
      for (let d = 0; d < width; d++) data[indices.data[n] * width + d] += rows.data[n * width + d];
    }
    return { ...out, data };
  },
  vjp: ({ indices, g }) => [g, null, gather(g, indices)],
  lower: (emit, [table, indices, rows], { inputs }) => {
    const column = emit('Unsqueeze', [indices, emit.constant([1], 'int64', [1])]);
    const [size, width] = inputs[0].shape;
    const isIndexable = typeof size !== 'number' || size * Number(width) < 2 ** 31;
    if (!emit.habits.has('noCaptures') && typeof width === 'number' && isIndexable) {
      // The engine finds a number's place in a vector faster than in a matrix. Plugins that convert a graph are not measured.
      const columns = Int32Array.from({ length: width }, (_, i) => i);
      const first = emit('Mul', [column, emit.constant(width, 'int32')]);
      const places = emit('Add', [first, emit.constant(columns, 'int32')]);
      const [into, at, from] = [table, places, rows].map((x) =>
        emit('Reshape', [x, emit.constant([-1], 'int64', [1])]),
      );
      const sums = emit('ScatterElements', [into, at, from], { axis: 0, reduction: 'add' });
      return emit('Reshape', [sums, emit.shape(inputs[0].shape)]);
    }
    const expanded = emit('Expand', [column, emit.shape(inputs[2].shape)]);
    return emit('ScatterElements', [table, expanded, rows], { axis: 0, reduction: 'add' });
  },
  loop: {
    stepSum: ({ inputs: [table, indices, rows] }) => {
      if (!isZeros(table)) return null;
      const [size, width] = rows.shape;
      return {
        factors: [indices, rows],
        combine: ([allIndices, allRows]) => {
          const count = mulDim(allIndices.shape[0], size);
          const places = reshape(allIndices, { shape: [count] });
          return scatterAdd(zerosOf(table.shape), places, reshape(allRows, { shape: [count, width] }));
        },
      };
    },
  },
  samples: [
    {
      table: { shape: [4, 3] },
      indices: { shape: [5], dtype: 'int32', values: [1, 3, 1, 0, 1] },
      rows: { shape: [5, 3] },
    },
  ],
});

/**
 * Rows of a table. `table`: [V, ...], `indices`: int32 [...I] → [...I, ...].
 * The engine refuses an index outside 0 … V − 1.
 */
export const gather: OpCall<['table', 'indices']> = defineOp({
  name: 'gather',
  inputs: ['table', 'indices'],
  infer: ({ table, indices }) => {
    if (indices.dtype !== 'int32' || table.rank === 0) {
      throw new ShapeError(`gather: expected a table of rank ≥ 1 and int32 indices, got ${table}, ${indices}`);
    }
    return { shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  reference: ({ table, indices }, _, [out]) => {
    const result = zeros(out.shape, out.dtype);
    const width = table.data.length / table.shape[0];
    indices.data.forEach((row, i) => {
      if (row < 0 || row >= table.shape[0])
        throw new RangeError(`gather: index must be in 0 … ${table.shape[0] - 1}, got ${row}`);
      result.data.set(table.data.subarray(row * width, (row + 1) * width), i * width);
    });
    return result;
  },
  vjp: ({ table, indices, g }) => {
    const count = sizeOf(indices.shape);
    const width = sizeOf(table.shape.slice(1));
    const empty = zerosOf([table.shape[0], width]);
    const rows = reshape(g, { shape: [count, width] });
    return [reshape(scatterAdd(empty, reshape(indices, { shape: [count] }), rows), { shape: table.shape }), null];
  },
  lower: (emit, inputs) => emit('Gather', inputs, { axis: 0 }),
  samples: [
    { table: { shape: [5, 3] }, indices: { shape: [2, 2], dtype: 'int32', values: [4, 0, 4, 2] } },
    { table: { shape: [4] }, indices: { shape: [3], dtype: 'int32', values: [1, 1, 3] } },
  ],
});

/** Shape that remains when `axes` are summed. */
export function reducedShape(op: string, shape: Shape, axes: readonly number[], keepDims = false): Shape {
  const gone = new Set(axes.map((axis) => axisOf(op, axis, shape.length)));
  return keepDims ? shape.map((size, axis) => (gone.has(axis) ? 1 : size)) : shape.filter((_, axis) => !gone.has(axis));
}

/** Sums a cotangent down to the shape of the input that was broadcast. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (equalShape(g.shape, shape)) return g;
  const lead = g.rank - shape.length;
  const axes = g.shape.flatMap((size, axis) => (axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : []));
  return reshape(sum(g, { axes }), { shape });
}

/** −x, elementwise. `x`: [...] → [...]. */
export const negate = (x: TensorLike): Tensor => mul(x, -1);

const isNumber = (x: Tensor, n: number): boolean => constantNumber(x) === n;

/** Zeros of a shape. */
export const zerosOf = (shape: Shape): Tensor => broadcastTo(constantTensor(0), { shape });

const isZeros = (x: Tensor): boolean => isNumber(x.node.op === broadcastTo.op ? x.node.inputs[0] : x, 0);

const sameSignature = (a: Tensor, b: Tensor): boolean => a.dtype === b.dtype && equalShape(a.shape, b.shape);

/** add(scatterAdd(0, i, u), z) = scatterAdd(z, i, u), through reshapes: the zero table is never made. */
function accumulateInto(a: Tensor, b: Tensor): Tensor | null {
  const scattered = a.node.op === reshape.op ? a.node.inputs[0] : a;
  if (scattered.node.op !== scatterAdd.op || !equalShape(a.shape, b.shape)) return null;
  const [table, indices, rows] = scattered.node.inputs;
  if (!isZeros(table)) return null;
  const sumTable = scatterAdd(reshape(b, { shape: table.shape }), indices, rows);
  return reshape(sumTable, { shape: a.shape });
}

/** The target of ONNX's `Reshape`: one symbolic size may be written −1, so that it need not be computed. */
function reshapeTarget(emit: Emitter, shape: Shape): string {
  const symbolic = shape.filter((size): size is Exclude<Dim, number> => typeof size !== 'number');
  if (symbolic.length > 1) return emit.shape(shape);
  return emit.constant(
    shape.map((size) => (typeof size === 'number' ? size : -1)),
    'int64',
    [shape.length],
  );
}
