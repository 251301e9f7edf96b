import { constantTensor } from '../ir/constant.ts';
import type { Node, Tensor } from '../ir/node.ts';
import { describeNode } from '../ir/op.ts';
import { atScope } from '../ir/scope.ts';
import { equalShape, ShapeError, showShape } from '../ir/shape.ts';
import { topological } from '../ir/topological.ts';
import { add, broadcastTo, sumTo } from '../primitives/primitive.ts';
import type { Each } from './each.ts';

/**
 * Reverse-mode differentiation, graph → graph: the cotangents of `wrt`, as nodes that can be differentiated again.
 *
 * `outputs` are differentiated, weighted by `seeds` (default ones; null leaves an output out). Returns one tensor per
 * `wrt`, of its shape, or null if no output depends on it. Broadcasting is undone here, in one place, so that no rule
 * has to.
 * @throws {Error} when a cotangent reaches an op that has no derivative.
 */
export function gradient<const W extends readonly Tensor[]>(
  outputs: Tensor | readonly Tensor[],
  wrt: W,
  seeds?: readonly (Tensor | null)[],
): Each<W, Tensor | null> {
  const roots = Array.isArray(outputs) ? (outputs as readonly Tensor[]) : [outputs as Tensor];
  const order = topological(roots);
  const reaches = reachingFrom(order, wrt);
  const cotangents = new Map<Tensor, Tensor>();
  const receive = (tensor: Tensor, g: Tensor, from: string) => {
    const reduced = sumTo(g, tensor.shape);
    if (!equalShape(reduced.shape, tensor.shape)) {
      throw new ShapeError(`gradient: ${from} gave ${showShape(g.shape)} for ${showShape(tensor.shape)}`);
    }
    const sofar = cotangents.get(tensor);
    cotangents.set(tensor, sofar ? add(sofar, reduced) : reduced);
  };
  roots.forEach((root, i) => {
    const seed = seeds ? seeds[i] : broadcastTo(constantTensor(1), { shape: root.shape });
    if (seed) receive(root, seed, 'a seed');
  });
  for (const node of order.toReversed()) {
    if (!reaches.has(node)) continue;
    const gs = node.outputs.map((output) => cotangents.get(output) ?? null);
    if (gs.every((g) => g === null) || node.inputs.length === 0) continue;
    const { vjp } = node.op;
    if (vjp === 'none') throw new Error(`gradient: ${describeNode(node)} has no derivative`);
    atScope(node.scope, () => {
      vjp(node.inputs, node.attributes, node.outputs, gs).forEach((g, i) => {
        const input = node.inputs[i];
        if (g && input.dtype === 'float') receive(input, g, describeNode(node));
      });
    });
  }
  return wrt.map((tensor) => cotangents.get(tensor) ?? null) as Each<W, Tensor | null>;
}

/** The nodes through which a change of `wrt` can reach an output. */
function reachingFrom(order: readonly Node[], wrt: readonly Tensor[]): Set<Node> {
  const sources = new Set(wrt);
  const reaching = new Set<Node>();
  for (const node of order) {
    if (node.inputs.some((input) => sources.has(input) || reaching.has(input.node))) reaching.add(node);
  }
  return reaching;
}
