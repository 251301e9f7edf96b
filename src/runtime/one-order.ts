/** Sums over the tokens of a text in one order, whatever its padding and its batch: a pass over graphs that answer. */
import {
  broadcastTo,
  constantTensor,
  equalShape,
  mul,
  type Node,
  rebuilt,
  reshape,
  rewrite,
  sum,
  type Tensor,
} from '../graph/index.ts';
import { matmul } from '../ops/index.ts';

type Product = Parameters<typeof matmul>[2];

/** Σₜ weights[b, t]·x[b, t]. `weights`: [..., T, 1], `x`: [..., T, D] → [..., 1, D]. */
const weighted = (weights: Tensor, x: Tensor, attributes: Product = {}): Tensor =>
  matmul(weights, x, { ...attributes, transposeA: true });

/** A row times a matrix as a column times it, [..., 1, T] · [..., T, D]; undefined if the product is another. */
function columnProduct({ op, attributes }: Node, [row, x]: readonly Tensor[]): Tensor | undefined {
  if (op !== matmul.op || !row || !x || row.rank < 3 || row.rank !== x.rank || row.shape.at(-2) !== 1) return undefined;
  const { alpha = 1, transposeA, transposeB, ...others } = attributes as Product;
  if (alpha !== 1 || transposeA || transposeB) return undefined;
  const column = reshape(row, { shape: [...row.shape.slice(0, -2), row.shape.at(-1)!, 1] });
  return weighted(column, x, others);
}

/** The weights [B, T, 1] and the vectors [B, T, D] of their product; all weights are 1 if it is none. */
function factorsOf(x: Tensor): readonly [weights: Tensor, x: Tensor] {
  const [a, b] = x.node.op === mul.op ? x.node.inputs : [];
  const isWeight = (tensor: Tensor | undefined) => tensor?.rank === 3 && tensor.shape[2] === 1;
  const isWhole = (tensor: Tensor | undefined) => tensor && equalShape(tensor.shape, x.shape);
  if (a && b && isWeight(b) && isWhole(a)) return [b, a];
  if (a && b && isWeight(a) && isWhole(b)) return [a, b];
  return [broadcastTo(constantTensor(1), { shape: [...x.shape.slice(0, 2), 1] }), x];
}

/** A sum over the tokens of texts, [B, T, D] → [B, D]; undefined if the sum is another. */
function tokenSum({ op, attributes, outputs }: Node, [x]: readonly Tensor[]): Tensor | undefined {
  const { axes } = (op === sum.op ? attributes : {}) as Partial<Parameters<typeof sum>[1]>;
  const isOverTokens = x?.rank === 3 && axes?.length === 1 && axes[0] === 1 && typeof x.shape[1] !== 'number';
  const width = x?.shape[2];
  if (!x || !isOverTokens || typeof width !== 'number' || width === 1) return undefined;
  return reshape(weighted(...factorsOf(x)), { shape: outputs[0]!.shape });
}

/**
 * The graph with products of one row and sums over tokens in a form that ONNX Runtime's `cpu` adds up one after the other. For a
 * single row it has a kernel that adds up four steps at a time and those left over in another order, and a sum over the rows
 * of one text has another order than over those of several; with int8 weights, a last bit that differs can move a byte.
 * Not for training: its runs keep the forms they began with.
 *
 * Source: ONNX Runtime's MLAS, `SgemmKernelM1`, and its reductions over the middle of three axes.
 */
export const inOneOrder = (outputs: readonly Tensor[]): readonly Tensor[] =>
  rewrite(outputs, (node, inputs) => {
    const ordered = columnProduct(node, inputs) ?? tokenSum(node, inputs);
    return ordered ? [ordered] : rebuilt(node, inputs);
  });
