import {
  type Binding,
  concreteShape,
  freshInputs,
  type Node,
  type ScanAttributes,
  scanOp,
  type Tensor,
  topological,
} from '../graph/index.ts';
import { matmul } from '../ops/index.ts';

/** The work of a graph, independent of the number of processors. */
export interface GraphWork {
  /** Multiply-adds of all matrix products. */
  readonly multiplyAdds: number;
  /**
   * The longest chain of matrix products in which each needs the previous one: the steps that even the widest machine
   * must take.
   */
  readonly inSequence: number;
}

/** Chains that end in some tensors, and the work on the way. */
interface Walk {
  readonly chains: readonly number[];
  readonly multiplyAdds: number;
}

/**
 * Counts the matrix products of a graph with every symbol bound.
 *
 * A scan runs its steps one after the other. Readers of a sequence from a scan start when the scan has ended, so
 * stacked layers add up.
 */
export function graphWork(outputs: readonly Tensor[], binding: Binding): GraphWork {
  const { chains, multiplyAdds } = walk(outputs, new Map(), binding);
  return { multiplyAdds, inSequence: Math.max(...chains) };
}

function walk(outputs: readonly Tensor[], given: ReadonlyMap<Tensor, number>, binding: Binding): Walk {
  const chains = new Map<Tensor, number>(given);
  let multiplyAdds = 0;
  for (const node of topological(outputs, given)) {
    const before = node.inputs.map((tensor) => chains.get(tensor) ?? 0);
    const made = passed(node, before, binding);
    multiplyAdds += made.multiplyAdds;
    node.outputs.forEach((output, i) => chains.set(output, made.chains[i]));
  }
  return { chains: outputs.map((output) => chains.get(output) ?? 0), multiplyAdds };
}

/** One node. `before`: the chains that end in its inputs. */
function passed(node: Node, before: readonly number[], binding: Binding): Walk {
  const { op, inputs, outputs, attributes } = node;
  if (node.op === scanOp) return scanned(node as Node<ScanAttributes>, before, binding);
  if (op.body) {
    const fresh = freshInputs(inputs);
    return walk(op.body(fresh, attributes), new Map(fresh.map((tensor, i) => [tensor, before[i]])), binding);
  }
  const longest = Math.max(0, ...before);
  if (op !== matmul.op) return { chains: outputs.map(() => longest), multiplyAdds: 0 };
  const { transposeA = false } = attributes as { readonly transposeA?: boolean };
  const a = concreteShape(inputs[0].shape, binding);
  const inner = a[a.length - (transposeA ? 2 : 1)];
  const size = concreteShape(outputs[0].shape, binding).reduce((n, length) => n * length, 1);
  return { chains: [longest + 1], multiplyAdds: size * inner };
}

function scanned({ inputs, attributes }: Node<ScanAttributes>, before: readonly number[], binding: Binding): Walk {
  const { carries, elements, captures, nextCarries, outputs } = attributes.body;
  const [steps] = concreteShape(inputs[carries.length].shape, binding);
  const [states, rest] = [before.slice(0, carries.length), before.slice(carries.length)];
  const fixed = [...elements, ...captures].map((tensor, i) => [tensor, rest[i]] as const);
  let multiplyAdds = 0;
  const ends = outputs.map(() => 0);
  for (let step = 0; step < steps; step++) {
    const given = new Map([...carries.map((tensor, i) => [tensor, states[i]] as const), ...fixed]);
    const made = walk([...nextCarries, ...outputs], given, binding);
    multiplyAdds += made.multiplyAdds;
    states.splice(0, states.length, ...made.chains.slice(0, carries.length));
    outputs.forEach((_, i) => {
      ends[i] = Math.max(ends[i], made.chains[carries.length + i]);
    });
  }
  return { chains: [...states, ...ends], multiplyAdds };
}
