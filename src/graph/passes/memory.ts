import { constantOp, inputOp } from '../ir/constant.ts';
import type { Binding } from '../ir/dimension.ts';
import { elementTypes } from '../ir/dtype.ts';
import type { Node, Tensor } from '../ir/node.ts';
import { concreteShape } from '../ir/shape.ts';
import { topological } from '../ir/topological.ts';
import { elementCount } from '../ir/value.ts';
import type { ScanAttributes } from '../loop/body.ts';
import { scanOp } from '../loop/scan.ts';
import { reshape } from '../primitives/primitive.ts';
import { simplify } from '../simplify/simplify.ts';

const isGiven = ({ op }: Node): boolean => op === inputOp || op === constantOp;

/** The tensor whose memory this one shares. */
function owner(tensor: Tensor): Tensor {
  return tensor.node.op === reshape.op ? owner(tensor.node.inputs[0]) : tensor;
}

/** The bytes that the engine stores a tensor in. */
function bytesOf({ shape, dtype }: Tensor, binding: Binding): number {
  return elementCount(concreteShape(shape, binding)) * elementTypes[dtype].array.BYTES_PER_ELEMENT;
}

/**
 * An estimate of the most bytes that the results of a graph's nodes take at once, without its inputs: every result lives
 * from its node to its last reader, nodes run in the order in which they are lowered, and a result takes the place of one that ends
 * there and has its size. What an engine adds, scratch memory and fragmentation, is not in it.
 */
export function peakBytes(outputs: readonly Tensor[], binding: Binding): number {
  return peakOf(simplify(outputs), binding);
}

function peakOf(outputs: readonly Tensor[], binding: Binding): number {
  const order = topological(outputs);
  const read = new Set([...outputs, ...order.flatMap(({ inputs }) => inputs)]);
  const lastReader = new Map<Tensor, Node>();
  for (const node of order) for (const input of node.inputs) lastReader.set(owner(input), node);
  for (const output of outputs) lastReader.delete(owner(output));
  let live = 0;
  let peak = 0;
  for (const node of order) {
    if (isGiven(node) || node.op === reshape.op) continue;
    const made = node.outputs.filter((output) => read.has(output)).map((output) => bytesOf(output, binding));
    const ended = [...new Set(node.inputs.map(owner))]
      .filter((input) => !isGiven(input.node) && lastReader.get(input) === node)
      .map((input) => bytesOf(input, binding));
    const reused = made.length === 1 && ended.includes(made[0]) ? made[0] : 0;
    const added = made.reduce((sum, bytes) => sum + bytes, 0);
    peak = Math.max(peak, live + added - reused + withinStep(node, binding));
    live += added - ended.reduce((sum, bytes) => sum + bytes, 0);
  }
  return peak;
}

/** The memory of one step of a loop. */
function withinStep({ op, attributes }: Node, binding: Binding): number {
  if (op !== scanOp) return 0;
  const { nextCarries, outputs } = (attributes as ScanAttributes).body;
  return peakOf([...nextCarries, ...outputs], binding);
}
