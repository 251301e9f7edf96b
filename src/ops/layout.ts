import {
  defineOp,
  forEachOffset,
  type Name,
  type OpCall,
  reshape,
  ShapeError,
  showShape,
  stridesOf,
  symbolsOf,
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
  lower: (emit, [x], { inputs: [tensor], attributes: { permutation } }) => {
    if (!isWideProduct(tensor)) return emit('Transpose', [x], { perm: permutation });
    const shaped = (of: Name, ...sizes: number[]) => emit('Reshape', [of, emit.constant(sizes, 'int64')]);
    const height = Number(tensor.shape[0]);
    return shaped(emit('Transpose', [shaped(x, 1, height, -1)], { perm: [0, 2, 1] }), -1, height);
  },
  simplify: ({ inputs: [x], attributes: { permutation } }) => {
    if (permutation.every((axis, i) => axis === i)) return x;
    if (x.node.op !== transpose.op) return null;
    const inner = (x.node.attributes as { permutation: readonly number[] }).permutation;
    return transpose(x.node.inputs[0], { permutation: permutation.map((axis) => inner[axis]) });
  },
  loop: {
    range: 'asInputs',
    batching: ([x], { permutation }) => [transpose(x, { permutation: [0, ...permutation.map((axis) => axis + 1)] })],
  },
  samples: [{ x: { shape: [2, 3, 4] }, attributes: { permutation: [2, 0, 1] } }],
});

/**
 * Whether a tensor is the product of a matrix of fixed height with one column per row of a batch. The engine would
 * compute its transpose as the product of the transposed factors, and rearrange the matrix, now the right one, at every
 * step of a loop; so the transpose is emitted as that of a matrix among matrices.
 */
function isWideProduct({ shape, rank, node: { op, outputs } }: Tensor): boolean {
  if (op.multiplications === undefined || outputs.length > 1 || rank !== 2) return false;
  const [height, columns] = shape;
  return typeof height === 'number' && symbolsOf(columns).length === 1;
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
