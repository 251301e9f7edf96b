import {
  axisOf,
  defineOp,
  type Emitter,
  equalDim,
  equalShape,
  mul,
  mulDim,
  type Name,
  type OpCall,
  reshape,
  ShapeError,
  showShape,
  sizeOf,
  type Tensor,
  zeros,
} from '../graph/index.ts';
import { transpose, transposeMatrix } from './layout.ts';

interface MatmulAttributes {
  /** Read `a` as its transpose, [..., k, m]. */
  readonly transposeA?: boolean;
  /** Read `b` as its transpose, [..., n, k]. */
  readonly transposeB?: boolean;
  /** A factor on the product (1). */
  readonly alpha?: number;
  /**
   * Whether it stays in float32 where an engine's products are narrower: a plugin computes it as a sum. The gradient of a
   * matrix that all steps of a loop share is an ordinary product.
   */
  readonly isExact?: boolean;
}

/**
 * Matrix product over the last two axes, alpha·a·b. `a`: [..., m, k], `b`: [..., k, n] → [..., m, n]. Leading axes must
 * be equal, except that `a` may lack the first of `b`: then `a` is shared by all. The factor and the transposes cost
 * nothing when lowered, except the transpose of a shared `a`.
 *
 * @throws {ShapeError} when the inner widths or the leading axes differ.
 */
export const matmul: OpCall<['a', 'b'], MatmulAttributes> = defineOp({
  name: 'matmul',
  inputs: ['a', 'b'],
  infer: ({ a, b }, { transposeA, transposeB }) => {
    const lead = b.shape.slice(isShared(a, b) ? 1 : 0, -2);
    if (a.rank < 2 || b.rank < 2 || !equalShape(a.shape.slice(0, -2), lead)) {
      throw new ShapeError(
        `matmul: leading axes must be equal, or a must have those of b without the first, got a ${showShape(a.shape)}, b ${showShape(b.shape)}`,
      );
    }
    const [m, k] = matrixSizes(a, transposeA);
    const [k2, n] = matrixSizes(b, transposeB);
    if (!equalDim(k, k2)) {
      throw new ShapeError(
        `matmul: inner widths differ, a is ${showShape(a.shape)}, b is ${showShape(b.shape)} (${k} ≠ ${k2})`,
      );
    }
    return { shape: [...b.shape.slice(0, -2), m, n], dtype: a.dtype };
  },
  reference: ({ a, b }, { transposeA, transposeB, alpha = 1 }, [out]) => {
    const [m, n] = out.shape.slice(-2);
    const k = a.shape[a.shape.length - (transposeA ? 2 : 1)];
    const [rowA, stepA] = transposeA ? [1, m] : [k, 1];
    const [stepB, columnB] = transposeB ? [1, k] : [n, 1];
    const result = zeros(out.shape);
    for (let at = 0; at < result.data.length; at++) {
      const matrix = Math.floor(at / (m * n));
      const startA = ((matrix * m * k) % a.data.length) + (Math.floor(at / n) % m) * rowA;
      const startB = matrix * k * n + (at % n) * columnB;
      let total = 0;
      for (let i = 0; i < k; i++) total += a.data[startA + i * stepA] * b.data[startB + i * stepB];
      result.data[at] = alpha * total;
    }
    return result;
  },
  vjp: ({ a, b, g, attributes }) => {
    const { transposeA = false, transposeB = false, alpha, isExact } = attributes;
    if (isShared(a, b)) {
      const dy = joined(g, false);
      const other = joined(b, transposeB);
      const byA = transposeA
        ? matmul(other, dy, { transposeA: transposeB, transposeB: true, alpha })
        : matmul(dy, other, { transposeB: !transposeB, alpha });
      const byB = matmul(transposeA ? a : transposeMatrix(a), g, { alpha });
      return [byA, transposeB ? transposeMatrix(byB) : byB];
    }
    return [
      transposeA
        ? matmul(b, g, { transposeA: transposeB, transposeB: true, alpha, isExact })
        : matmul(g, b, { transposeB: !transposeB, alpha, isExact }),
      transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA, alpha, isExact })
        : matmul(a, g, { transposeA: !transposeA, alpha, isExact }),
    ];
  },
  lower: (emit, inputs, { inputs: [a, b], outputs: [{ rank }], attributes }) => {
    const { transposeA, transposeB, alpha = 1, isExact } = attributes;
    if (isExact && emit.habits.has('roundsToBf16')) return summedProduct(emit, inputs, [a, b], attributes);
    const [transA, transB] = [Number(transposeA ?? false), Number(transposeB ?? false)];
    if (transposeA && !transposeB && !emit.habits.has('readsTransposed')) {
      if (readsOften(a, b)) {
        return emit('Gemm', [transposedOnce(emit, inputs[0], a), inputs[1]], { alpha: { float: alpha } });
      }
      if (alpha === 1 && outgrowsCache(a, b)) {
        // A MatMul, because the engine would fuse the transpose of a Gemm into it.
        const turned = emit('MatMul', [transposedOnce(emit, inputs[1], b), inputs[0]]);
        return emit('Transpose', [turned], { perm: [1, 0] });
      }
    }
    if (rank === 2) return emit('Gemm', inputs, { transA, transB, alpha: { float: alpha } });
    const isPlain = !transA && !transB && alpha === 1;
    // With an extra leading axis ONNX Runtime does not fuse the transpose into the product, which would be slower.
    if (isPlain && isShared(a, b)) {
      return emit('MatMul', [emit('Unsqueeze', [inputs[0], emit.constant([0], 'int64', [1])]), inputs[1]]);
    }
    if (isPlain) return emit('MatMul', inputs);
    if (!emit.has('com.microsoft.FusedMatMul')) {
      const product = matmul(transA ? transposeMatrix(a) : a, transB ? transposeMatrix(b) : b, {});
      const given = new Map([a, b].map((tensor, i) => [tensor, inputs[i]]));
      return emit.graph([alpha === 1 ? product : mul(product, alpha)], given)[0];
    }
    return emit('com.microsoft.FusedMatMul', inputs, { transA, transB, alpha: { float: alpha } });
  },
  simplify: ({ inputs: [a, b], attributes }) => {
    if (swapsMatrix(a) && !isShared(a, b)) {
      return matmul(a.node.inputs[0], b, { ...attributes, transposeA: !attributes.transposeA });
    }
    if (swapsMatrix(b)) return matmul(a, b.node.inputs[0], { ...attributes, transposeB: !attributes.transposeB });
    const { transposeA, transposeB, alpha = 1 } = attributes;
    const [m, k] = matrixSizes(a, transposeA);
    if (k !== 1 || isShared(a, b)) return null;
    // A column times a row has no sum: elementwise it is several times faster.
    const lead = a.shape.slice(0, -2);
    const column = reshape(a, { shape: [...lead, m, 1] });
    const row = reshape(b, { shape: [...lead, 1, matrixSizes(b, transposeB)[1]] });
    return mul(alpha === 1 ? column : mul(column, alpha), row);
  },
  multiplications: ({ inputs: [a], outputs: [y], attributes: { transposeA } }) =>
    mulDim(sizeOf(y.shape), matrixSizes(a, transposeA)[1]),
  loop: {
    isKept: true,
    // Gradients of weights, true matrices, become one product; a column is cheaper to add up than to keep as factors.
    stepSum: ({ inputs: [a, b], attributes, outputs: [y] }) => {
      if (y.shape.slice(-2).includes(1)) return null;
      const { transposeA = false, transposeB = false } = attributes;
      return {
        factors: [a, b],
        combine: ([allA, allB]) =>
          matmul(joined(allA, transposeA), joined(allB, !transposeB), { ...attributes, isExact: false }),
      };
    },
    // The kernels read a left operand faster than its transpose.
    fixedForm: ({ inputs: [a, b], attributes }, [isFixed]) =>
      isFixed && attributes.transposeA ? matmul(transposeMatrix(a), b, { ...attributes, transposeA: false }) : null,
    // Rows times one matrix are just more rows; one matrix times that of each case is a product with a shared `a`.
    batching: ([a, b], attributes, [isStacked, isOther]) => {
      if (isOther) return (isStacked ? a.rank === b.rank : isShared(a, b)) ? [matmul(a, b, attributes)] : null;
      if (!isStacked || attributes.transposeA || b.rank > 2) return null;
      const [count, rows, width] = a.shape;
      const y = matmul(reshape(a, { shape: [mulDim(count, rows), width] }), b, attributes);
      return [reshape(y, { shape: [count, rows, y.shape[1]] })];
    },
  },
  samples: [
    { a: { shape: [2, 3] }, b: { shape: [3, 4] }, attributes: {} },
    { a: { shape: [3, 2] }, b: { shape: [4, 3] }, attributes: { transposeA: true, transposeB: true, alpha: 0.5 } },
    { a: { shape: [2, 2, 3] }, b: { shape: [2, 4, 3] }, attributes: { transposeB: true } },
    { a: { shape: [2, 3, 2] }, b: { shape: [2, 3, 4] }, attributes: { transposeA: true, alpha: 2 } },
    { a: { shape: [2, 2, 3] }, b: { shape: [2, 3, 1] }, attributes: {} },
    { a: { shape: [2, 3] }, b: { shape: [3, 3, 4] }, attributes: {} },
    { a: { shape: [2, 3, 4] }, b: { shape: [2, 2, 3, 2] }, attributes: { transposeA: true } },
    { a: { shape: [2, 3] }, b: { shape: [2, 4, 3] }, attributes: { transposeB: true, alpha: 0.5 } },
    { a: { shape: [3, 2] }, b: { shape: [4, 3] }, attributes: { transposeA: true, transposeB: true, isExact: true } },
  ],
});

/** alpha·a·b as a sum of products of numbers, [..., m, k, 1] with [..., 1, k, n]. */
function summedProduct(
  emit: Emitter,
  operands: readonly Name[],
  [a, b]: readonly Tensor[],
  attributes: MatmulAttributes,
) {
  const { transposeA, transposeB, alpha = 1 } = attributes;
  const axis = (at: number) => emit.constant([at], 'int64', [1]);
  const swapped = (x: Name, rank: number) => {
    const perm = Array.from({ length: rank }, (_, i) => i);
    return emit('Transpose', [x], { perm: [...perm.slice(0, -2), rank - 1, rank - 2] });
  };
  const left = transposeA ? swapped(operands[0], a.rank) : operands[0];
  const right = transposeB ? swapped(operands[1], b.rank) : operands[1];
  const products = emit('Mul', [emit('Unsqueeze', [left, axis(-1)]), emit('Unsqueeze', [right, axis(-3)])]);
  const total = emit('ReduceSum', [products, axis(-2)], { keepdims: 0 });
  return alpha === 1 ? total : emit('Mul', [total, emit.constant([alpha], 'float', [])]);
}

/** The numbers of a product aᵀ·b from which transposing `a` first is faster. */
const manyNumbers = 2 ** 18;

/**
 * Whether aᵀ·b, two matrices, is so wide that `a` should be transposed beforehand: ONNX Runtime's kernel transposes it
 * again for every 128 columns of the result. Where `a` is the wider one, a pass over it costs more than it saves.
 */
function readsOften(a: Tensor, b: Tensor): boolean {
  const [m, n] = widths(a, b);
  return m <= n && m * n >= manyNumbers;
}

/** The numbers of a product aᵀ·b with a wide `a` from which computing its transpose is faster. */
const tooMany = 2 ** 20;

/**
 * Whether aᵀ·b, two matrices, should be computed as (bᵀ·a)ᵀ because `a` is the wider one. The kernel goes over all rows of
 * the result for every 128 of its columns and every 128 steps of the sum; of so many rows, the part at hand does not stay
 * in the second cache. The transpose of the result costs less from a few hundred steps on.
 */
function outgrowsCache(a: Tensor, b: Tensor): boolean {
  const [m, n] = widths(a, b);
  return m > n && m * n >= tooMany;
}

/** m and n of aᵀ·b, two matrices; 0 where they are symbols or there are more axes. */
function widths(a: Tensor, b: Tensor): readonly [m: number, n: number] {
  const [m, n] = [a.shape[a.rank - 1], b.shape[b.rank - 1]];
  const isKnown = a.rank === 2 && b.rank === 2 && typeof m === 'number' && typeof n === 'number';
  return isKnown ? [m, n] : [0, 0];
}

/** `a`, [k, m], as [m, k]. As a matrix among matrices: the engine would fuse the transpose of a matrix into the product. */
function transposedOnce(emit: Emitter, a: Name, { shape: [, m] }: Tensor): Name {
  const shaped = (x: Name, ...shape: number[]) => emit('Reshape', [x, emit.constant(shape, 'int64')]);
  return shaped(emit('Transpose', [shaped(a, 1, -1, Number(m))], { perm: [0, 2, 1] }), Number(m), -1);
}

const matrixSizes = ({ shape }: Tensor, transposed = false) =>
  transposed ? [shape[shape.length - 1], shape[shape.length - 2]] : [shape[shape.length - 2], shape[shape.length - 1]];

/** Whether a transpose swaps only the last two axes. */
function swapsMatrix(x: Tensor): boolean {
  if (x.node.op !== transpose.op) return false;
  const { permutation } = x.node.attributes as { permutation: readonly number[] };
  const last = axisOf('transpose', -1, x.rank);
  return permutation.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
}

/** Whether `a` is shared along the first axis of `b`. */
const isShared = (a: Tensor, b: Tensor): boolean => a.rank === b.rank - 1;

/** Matrices [T, .., m, n] stacked vertically, [.., T·m, n], or horizontally, [.., m, T·n]. */
function joined(matrices: Tensor, isBelow: boolean): Tensor {
  const [count, ...shape] = matrices.shape;
  const [m, n] = shape.splice(-2);
  const lead = shape.map((_, i) => i + 1);
  const last = matrices.rank - 1;
  const permutation = isBelow ? [...lead, 0, last - 1, last] : [...lead, last - 1, 0, last];
  return reshape(transpose(matrices, { permutation }), {
    shape: [...shape, ...(isBelow ? [mulDim(count, m), n] : [m, mulDim(count, n)])],
  });
}
