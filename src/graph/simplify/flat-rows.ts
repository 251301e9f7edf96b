import { equalDim } from '../ir/dimension.ts';
import type { Node, Tensor } from '../ir/node.ts';
import { apply } from '../ir/op.ts';
import { atScope } from '../ir/scope.ts';
import { equalShape } from '../ir/shape.ts';
import { reshape } from '../primitives/primitive.ts';

/**
 * The same outputs computed on rows, [N, D], if an input is rows in another shape, [..., D], as a linear map returns them:
 * op(reshape(rows), x) becomes reshape(op(rows, reshape(x))). A chain of such ops then stays in rows from one product to
 * the next, without two changes of shape for each. A number for each row, [..., 1], becomes a column. Null if the op, or
 * another input, does not allow it.
 */
export function onFlatRows(node: Node): readonly Tensor[] | null {
  const { op, inputs, outputs, attributes, scope } = node;
  const [{ shape, rank }] = outputs;
  if (rank < 3 || !op.loop?.isRowwise) return null;
  const isFull = (tensor: Tensor): boolean => equalShape(tensor.shape, shape);
  const isColumn = (tensor: Tensor): boolean => equalShape(tensor.shape, [...shape.slice(0, -1), 1]);
  if (!inputs.every((tensor) => isFull(tensor) || isColumn(tensor) || tensor.rank < 2)) return null;
  const rows = inputs.map((tensor) => (isFull(tensor) ? rowsOf(tensor) : null)).find(Boolean);
  if (!rows) return null;
  const [count] = rows.shape;
  return atScope(scope, () => {
    const flat = inputs.map((tensor) =>
      tensor.rank < 2 ? tensor : reshape(tensor, { shape: [count, tensor.shape[rank - 1]] }),
    );
    return apply(op, flat, attributes).map((made, i) => reshape(made, { shape: outputs[i].shape }));
  });
}

/** The matrix with the same rows that a tensor is another shape of. */
function rowsOf({ node, shape }: Tensor): Tensor | null {
  if (node.op !== reshape.op) return null;
  const [given] = node.inputs;
  return given.rank === 2 && equalDim(given.shape[1], shape[shape.length - 1]) ? given : null;
}
