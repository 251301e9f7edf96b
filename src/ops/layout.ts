import {
  addDim,
  axisOf,
  behindFirst,
  broadcastTo,
  constantTensor,
  type Dim,
  defineOp,
  equalDim,
  equalShape,
  forEachOffset,
  type OpCall,
  reshape,
  ShapeError,
  showShape,
  stridesOf,
  subDim,
  type Tensor,
  zeros,
} from '../graph/index.ts';

/** Axes in another order. `x`: [...] → [...]; output axis i is input axis `permutation[i]`. */
export const transpose: OpCall<['x'], { readonly permutation: readonly number[] }> = defineOp({
  name: 'transpose',
  inputs: ['x'],
  infer: ({ x }, { permutation }) => {
    if (String([...permutation].sort((a, b) => a - b)) !== String(x.shape.map((_, axis) => axis))) {
      throw new ShapeError(`transpose: expected a permutation of ${x.rank} axes, got [${permutation}]`);
    }
    return { shape: permutation.map((axis) => x.shape[axis]), dtype: x.dtype };
  },
  reference: ({ x }, { permutation }, [out]) => {
    const strides = stridesOf(x.shape);
    const result = zeros(out.shape, out.dtype);
    forEachOffset(out.shape, [permutation.map((axis) => strides[axis])], (i, at) => {
      result.data[i] = x.data[at];
    });
    return result;
  },
  vjp: ({ g, attributes: { permutation } }) => [
    transpose(g, { permutation: permutation.map((_, axis) => permutation.indexOf(axis)) }),
  ],
  lower: (emit, inputs, { attributes: { permutation } }) => emit('Transpose', inputs, { perm: permutation }),
  batching: ([x], { permutation }) => [transpose(x, { permutation: [0, ...permutation.map((axis) => axis + 1)] })],
  simplify: ({ inputs: [x], attributes: { permutation } }) => {
    if (permutation.every((axis, i) => axis === i)) return x;
    if (x.node.op !== transpose.op) return null;
    const inner = (x.node.attributes as { permutation: readonly number[] }).permutation;
    return transpose(x.node.inputs[0], { permutation: permutation.map((axis) => inner[axis]) });
  },
  samples: [{ x: { shape: [2, 3, 4] }, attributes: { permutation: [2, 0, 1] } }],
});

/** Two tensors one after the other along `axis`. `a`: [..., m, ...], `b`: [..., n, ...] → [..., m + n, ...]. */
export const concat: OpCall<['a', 'b'], { readonly axis: number }> = defineOp({
  name: 'concat',
  inputs: ['a', 'b'],
  infer: ({ a, b }, { axis }) => {
    const at = axisOf('concat', axis, a.rank);
    const agree =
      a.rank === b.rank && a.dtype === b.dtype && a.shape.every((n, i) => i === at || equalDim(n, b.shape[i]));
    if (!agree) throw new ShapeError(`concat: shapes must agree but on axis ${axis}, got ${a}, ${b}`);
    return { shape: a.shape.map((n, i) => (i === at ? addDim(n, b.shape[i]) : n)), dtype: a.dtype };
  },
  reference: ({ a, b }, { axis }, [out]) => {
    const at = axisOf('concat', axis, out.shape.length);
    const [blockA, blockB] = [a, b].map(({ shape }) => shape.slice(at).reduce((n, size) => n * size, 1));
    const result = zeros(out.shape, out.dtype);
    for (let i = 0; i < a.data.length / blockA; i++) {
      result.data.set(a.data.subarray(i * blockA, (i + 1) * blockA), i * (blockA + blockB));
      result.data.set(b.data.subarray(i * blockB, (i + 1) * blockB), i * (blockA + blockB) + blockA);
    }
    return result;
  },
  vjp: ({ a, b, g, attributes: { axis } }) => {
    const size = a.shape[axisOf('concat', axis, a.rank)];
    const total = addDim(size, b.shape[axisOf('concat', axis, b.rank)]);
    return [slice(g, { axis, start: 0, end: size }), slice(g, { axis, start: size, end: total })];
  },
  lower: (emit, inputs, { attributes: { axis } }) => emit('Concat', inputs, { axis }),
  samples: [
    { a: { shape: [2, 3] }, b: { shape: [2, 1] }, attributes: { axis: 1 } },
    { a: { shape: [1, 3] }, b: { shape: [2, 3] }, attributes: { axis: 0 } },
  ],
});

/** A range of one axis: `start` … `end` − 1. `x`: [..., n, ...] → [..., end − start, ...]. */
export const slice: OpCall<['x'], { readonly axis: number; readonly start: Dim; readonly end: Dim }> = defineOp({
  name: 'slice',
  inputs: ['x'],
  infer: ({ x }, { axis, start, end }) => {
    const at = axisOf('slice', axis, x.rank);
    if (typeof start !== 'number' && !equalDim(end, x.shape[at])) {
      throw new ShapeError(`slice: a symbolic start needs the axis' end, got ${start} … ${end} of ${x.shape[at]}`);
    }
    const isOutside = [start, subDim(end, start), subDim(x.shape[at], end)].some((n) => typeof n === 'number' && n < 0);
    if (isOutside) {
      throw new ShapeError(`slice: expected 0 ≤ start ≤ end ≤ ${x.shape[at]} on axis ${axis}, got ${start} … ${end}`);
    }
    return { shape: x.shape.map((n, i) => (i === at ? subDim(end, start) : n)), dtype: x.dtype };
  },
  reference: ({ x }, { axis, start }, [out]) => {
    const at = axisOf('slice', axis, out.shape.length);
    const inner = x.shape.slice(at + 1).reduce((n, size) => n * size, 1);
    const from = startOf(x.shape[at], out.shape[at], start);
    const [block, kept] = [x.shape[at] * inner, out.shape[at] * inner];
    const result = zeros(out.shape, out.dtype);
    for (let i = 0; i < x.data.length / block; i++) {
      result.data.set(x.data.subarray(i * block + from * inner, i * block + from * inner + kept), i * kept);
    }
    return result;
  },
  vjp: ({ x, g, attributes: { axis, start, end } }) => {
    const at = axisOf('slice', axis, x.rank);
    const before = zerosLike(x, at, start);
    const after = zerosLike(x, at, subDim(x.shape[at], end));
    const left = before ? concat(before, g, { axis: at }) : g;
    return [after ? concat(left, after, { axis: at }) : left];
  },
  lower: (emit, [x], { attributes: { axis, start, end } }) =>
    emit('Slice', [x, emit.shape([start]), emit.shape([end]), emit.constant([axis], 'int64')]),
  simplify: ({ inputs: [x], outputs: [y] }) => (equalShape(x.shape, y.shape) ? x : null),
  batching: ([x], { axis, start, end }) => [slice(x, { axis: behindFirst(axis), start, end })],
  samples: [
    { x: { shape: [4, 3] }, attributes: { axis: 0, start: 1, end: 3 } },
    { x: { shape: [2, 3] }, attributes: { axis: -1, start: 0, end: 2 } },
  ],
});

/** A constant start, or one that follows from the sizes: a symbolic slice ends where its axis does. */
function startOf(size: number, kept: number, start: Dim): number {
  return typeof start === 'number' ? start : size - kept;
}

function zerosLike(x: Tensor, axis: number, size: Dim): Tensor | null {
  if (equalDim(size, 0)) return null;
  return broadcastTo(constantTensor(0), { shape: x.shape.map((n, i) => (i === axis ? size : n)) });
}

/** Swaps the last two axes. `x`: [..., m, n] → [..., n, m]. */
export function transposeMatrix(x: Tensor): Tensor {
  if (x.rank < 2) throw new ShapeError(`transposeMatrix: expected rank ≥ 2, got ${showShape(x.shape)}`);
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, { permutation: [...axes.slice(0, -2), x.rank - 1, x.rank - 2] });
}

/** [B, T, H·K] → [B, H, T, K]. */
export const splitHeads = (x: Tensor, heads: number, width: number): Tensor =>
  transpose(reshape(x, { shape: [x.shape[0], x.shape[1], heads, width] }), { permutation: [0, 2, 1, 3] });

/** [B, H, T, K] → [B, T, H·K]. */
export function mergeHeads(x: Tensor): Tensor {
  const [batch, heads, time, width] = x.shape;
  return reshape(transpose(x, { permutation: [0, 2, 1, 3] }), {
    shape: [batch, time, (heads as number) * (width as number)],
  });
}
