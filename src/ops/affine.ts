import {
  add,
  defineComposite,
  equalDim,
  type OpCall,
  reshape,
  ShapeError,
  showShape,
  sizeOf,
  sum,
  type Tensor,
} from '../graph/index.ts';
import { matmul } from './matmul.ts';

/**
 * The sum of every column. `x`: [N, O] → [O]. For OpenVINO it is a product with ones, because in bfloat16 it keeps in
 * float32 what lies between the last product and a result of the graph, so that a sum would keep there the whole gradient
 * of an activation.
 */
export const columnSum: OpCall<['x']> = defineComposite({
  name: 'columnSum',
  inputs: ['x'],
  body: ({ x }) => sum(x, { axes: [0] }),
  lower: (emit, [x], { inputs: [{ shape }] }) => {
    const axis = emit.constant([0], 'int64', [1]);
    if (!emit.habits.has('keepsTail')) return emit('ReduceSum', [x, axis], { keepdims: 0 });
    const ones = emit('Expand', [emit.constant(1, 'float'), emit.shape([1, shape[0]])]);
    return emit('Squeeze', [emit('MatMul', [ones, x]), axis]);
  },
  samples: [{ x: { shape: [3, 2] } }],
});

/** How a bias is added. */
interface BiasAttributes {
  /**
   * Whether the sum only reaches other products, as that of a projection inside a block: then the bias's gradient is as
   * narrow as theirs where an engine's products are narrower than float32; see {@link columnSum}.
   */
  readonly isInner?: boolean | undefined;
}

/** x + b with a row of biases. `x`: [N, O], `b`: [O] → [N, O]. */
export const addBias: OpCall<['x', 'b'], BiasAttributes> = defineComposite({
  name: 'addBias',
  inputs: ['x', 'b'],
  body: ({ x, b }) => add(x, b),
  vjp: ({ g, attributes: { isInner } }) => [g, isInner ? columnSum(g) : g],
  samples: [
    { x: { shape: [3, 2] }, b: { shape: [2] }, attributes: {} },
    { x: { shape: [3, 2] }, b: { shape: [2] }, attributes: { isInner: true } },
  ],
});

/** x·wᵀ + b, one `Gemm`. `x`: [N, I], `w`: [O, I], `b`: [O] → [N, O]. */
export const affine: OpCall<['x', 'w', 'b'], BiasAttributes> = defineComposite({
  name: 'affine',
  inputs: ['x', 'w', 'b'],
  body: ({ x, w, b }, attributes) => addBias(matmul(x, w, { transposeB: true }), b, attributes),
  lower: (emit, inputs) => emit('Gemm', inputs, { transB: 1 }),
  loop: {
    batching: ([x, w, b], attributes, [, ...others]) => (others.some(Boolean) ? null : [linear(x, w, b, attributes)]),
  },
  samples: [
    { x: { shape: [3, 2] }, w: { shape: [4, 2] }, b: { shape: [4] }, attributes: {} },
    { x: { shape: [3, 2] }, w: { shape: [4, 2] }, b: { shape: [4] }, attributes: { isInner: true } },
  ],
});

/**
 * a·b + c; for matrices one `Gemm`. `a`: [..., m, k], `b`: [..., k, n], `c`: [..., m, n] or [..., m, 1] → [..., m, n].
 */
export const matmulAdd: OpCall<['a', 'b', 'c']> = defineComposite({
  name: 'matmulAdd',
  inputs: ['a', 'b', 'c'],
  body: ({ a, b, c }) => add(matmul(a, b, {}), c),
  lower: (emit, [a, b, c], { outputs: [{ rank }] }) =>
    rank === 2 ? emit('Gemm', [a, b, c]) : emit('Add', [emit('MatMul', [a, b]), c]),
  samples: [
    { a: { shape: [3, 2] }, b: { shape: [2, 4] }, c: { shape: [3, 4] } },
    { a: { shape: [3, 2] }, b: { shape: [2, 4] }, c: { shape: [3, 1] } },
    { a: { shape: [2, 3, 2] }, b: { shape: [2, 2, 4] }, c: { shape: [2, 3, 1] } },
  ],
});

/** A linear map of the last axis, as PyTorch's `F.linear`. `x`: [..., I], `w`: [O, I], `b`: [O] → [..., O]. */
export function linear(x: Tensor, w: Tensor, b?: Tensor, attributes: BiasAttributes = {}): Tensor {
  const lead = x.shape.slice(0, -1);
  const width = x.shape[x.rank - 1];
  if (!equalDim(width, w.shape[1])) {
    throw new ShapeError(
      `linear: the widths of input and weight differ, got x ${showShape(x.shape)}, w ${showShape(w.shape)}`,
    );
  }
  const rows = reshape(x, { shape: [sizeOf(lead), width] });
  const y = b ? affine(rows, w, b, attributes) : matmul(rows, w, { transposeB: true });
  return reshape(y, { shape: [...lead, w.shape[0]] });
}
