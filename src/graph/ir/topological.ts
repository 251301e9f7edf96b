import type { Node, Tensor } from './node.ts';

/** Every node that `outputs` depend on, inputs before users; the search stops at `given` tensors. */
export function topological(outputs: readonly Tensor[], given?: { has(tensor: Tensor): boolean }): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    const root = output.node;
    if (seen.has(root) || given?.has(output)) continue;
    seen.add(root);
    stack.push({ node: root, next: 0 });
    while (stack.length) {
      const top = stack[stack.length - 1];
      if (top.next === top.node.inputs.length) {
        order.push(top.node);
        stack.pop();
        continue;
      }
      const input = top.node.inputs[top.next++];
      const { node } = input;
      if (!seen.has(node) && !given?.has(input)) {
        seen.add(node);
        stack.push({ node, next: 0 });
      }
    }
  }
  return order;
}
