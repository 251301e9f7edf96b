import { freshInputs } from '../ir/constant.ts';
import { addDim, type Dim } from '../ir/dimension.ts';
import type { Tensor } from '../ir/node.ts';
import { topological } from '../ir/topological.ts';

/**
 * The multiplications in the matrix products of a graph, as a polynomial in its sizes: half of its FLOPs, as they are
 * usually counted. Elementwise work is left out.
 */
export function multiplications(outputs: readonly Tensor[]): Dim {
  const order = topological(outputs);
  const read = new Set([...outputs, ...order.flatMap(({ inputs }) => inputs)]);
  return order.reduce<Dim>((total, node) => {
    const { op, inputs, attributes } = node;
    if (op.multiplications) return addDim(total, op.multiplications(node));
    if (!op.body) return total;
    const made = op.body(freshInputs(inputs), attributes);
    return addDim(total, multiplications(made.filter((_, i) => read.has(node.outputs[i]))));
  }, 0);
}
