import {
  add,
  defineComposite,
  equalDim,
  type OpCall,
  reshape,
  ShapeError,
  showShape,
  sizeOf,
  type Tensor,
} from '../graph/index.ts';
import { matmul } from './matmul.ts';

/** x·wᵀ + b, one `Gemm`. `x`: [N, I], `w`: [O, I], `b`: [O] → [N, O]. */
export const affine: OpCall<['x', 'w', 'b']> = defineComposite({
  name: 'affine',
  inputs: ['x', 'w', 'b'],
  body: ({ x, w, b }) => add(matmul(x, w, { transposeB: true }), b),
  lower: (emit, inputs) => emit('Gemm', inputs, { transB: 1 }),
  loop: { batching: ([x, w, b], _, [, ...others]) => (others.some(Boolean) ? null : [linear(x, w, b)]) },
  samples: [{ x: { shape: [3, 2] }, w: { shape: [4, 2] }, b: { shape: [4] } }],
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
export function linear(x: Tensor, w: Tensor, b?: Tensor): Tensor {
  const lead = x.shape.slice(0, -1);
  const width = x.shape[x.rank - 1];
  if (!equalDim(width, w.shape[1])) {
    throw new ShapeError(
      `linear: the widths of input and weight differ, got x ${showShape(x.shape)}, w ${showShape(w.shape)}`,
    );
  }
  const rows = reshape(x, { shape: [sizeOf(lead), width] });
  const y = b ? affine(rows, w, b) : matmul(rows, w, { transposeB: true });
  return reshape(y, { shape: [...lead, w.shape[0]] });
}
