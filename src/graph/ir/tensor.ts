import type { DimLike } from './dimension.ts';
import type { Op } from './op.ts';
import { type Shape, shapeOf, showShape } from './shape.ts';

/** Element types of a graph. A float is float64 when interpreted and float32 when lowered; uint8 is for random bytes. */
export type DType = 'float' | 'int32' | 'bool' | 'uint8';

/** What is known of a tensor before anything runs. */
export interface Signature {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A symbolic tensor: one output of a node. Nothing is computed until a graph is interpreted or lowered and run. */
export class Tensor implements Signature {
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: DType;
  constructor(node: Node, index: number, signature: Signature) {
    this.node = node;
    this.index = index;
    this.shape = signature.shape;
    this.dtype = signature.dtype;
  }
  get rank(): number {
    return this.shape.length;
  }
  toString(): string {
    return `${this.dtype} ${showShape(this.shape)}`;
  }
}

/** One application of an op; it holds the op by reference. Nodes are immutable and numbered in the order of tracing. */
export class Node<A = unknown> {
  private static count = 0;
  readonly id: number = Node.count++;
  readonly op: Op<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly scope: string;
  readonly outputs: readonly Tensor[];
  constructor(op: Op<A>, inputs: readonly Tensor[], attributes: A, signatures: readonly Signature[], scope: string) {
    this.op = op;
    this.inputs = inputs;
    this.attributes = attributes;
    this.scope = scope;
    this.outputs = signatures.map((signature, index) => new Tensor(this as Node, index, signature));
  }
}

const scopes: string[] = [];

/** The layer being traced, for messages and for names in a lowered graph: `decoder.layers.3.self_attn`. */
export const currentScope = (): string => scopes.join('.');

/** Runs `trace` with `name` appended to the scope path. */
export function withScope<T>(name: string, trace: () => T): T {
  scopes.push(name);
  try {
    return trace();
  } finally {
    scopes.pop();
  }
}

/** Runs `trace` with `path` as the whole scope path: what a pass does that rebuilds a node in its place. */
export function atScope<T>(path: string, trace: () => T): T {
  const outer = scopes.splice(0, scopes.length, ...(path === '' ? [] : [path]));
  try {
    return trace();
  } finally {
    scopes.splice(0, scopes.length, ...outer);
  }
}

/** Every node that `outputs` depend on, inputs before users; the search stops at tensors that are `given`. */
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

export const signature = (shape: readonly DimLike[], dtype: DType = 'float'): Signature => ({
  shape: shapeOf(shape),
  dtype,
});
