import type { Node, Tensor } from '../ir/node.ts';
import { apply } from '../ir/op.ts';
import { atScope } from '../ir/scope.ts';
import { topological } from '../ir/topological.ts';

/** The same graph with some tensors replaced; nodes that depend on none of them are shared, not copied. */
export function substitute(outputs: readonly Tensor[], replacement: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  return rewrite(outputs, rebuilt, replacement);
}

/** The outputs of a node over other inputs: its own if they are the same. */
export function rebuilt(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  if (node.inputs.every((input, i) => input === inputs[i])) return node.outputs;
  return atScope(node.scope, () => apply(node.op, inputs, node.attributes));
}

/**
 * Rebuilds a graph bottom-up: `visit` returns the outputs that replace a node whose inputs are already rebuilt. Every
 * graph-to-graph pass is one `visit`.
 */
export function rewrite(
  outputs: readonly Tensor[],
  visit: (node: Node, inputs: readonly Tensor[]) => readonly Tensor[],
  replacement: ReadonlyMap<Tensor, Tensor> = new Map(),
): Tensor[] {
  const done = new Map<Tensor, Tensor>(replacement);
  for (const node of topological(outputs, replacement)) {
    const made = visit(
      node,
      node.inputs.map((input) => done.get(input) ?? input),
    );
    node.outputs.forEach((output, i) => {
      if (!done.has(output)) done.set(output, made[i]);
    });
  }
  return outputs.map((output) => done.get(output) ?? output);
}
