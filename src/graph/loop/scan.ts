import { input } from '../ir/constant.ts';
import { equalDim, mulDim } from '../ir/dimension.ts';
import type { Name, SubgraphValue } from '../ir/lowering.ts';
import type { Emitter, Node, Op, Tensor } from '../ir/node.ts';
import { apply } from '../ir/op.ts';
import { equalShape, ShapeError, showShape } from '../ir/shape.ts';
import type { Signature } from '../ir/signature.ts';
import { elementCount, type Value, zeros } from '../ir/value.ts';
import { evaluate } from '../passes/interpret.ts';
import { multiplications } from '../passes/multiplication.ts';
import { closeBody, residualsOf, type ScanAttributes, type ScanInputs, type ScanResult } from './body.ts';
import { scanGradient } from './gradient.ts';

/** A loop as a node: see {@link scan}. */
export const scanOp: Op<ScanAttributes> = {
  name: 'scan',
  inputs: [],
  infer: inferScan,
  reference: (inputs, { body, isReverse }, signatures, binding) => {
    const { carries, elements, captures, nextCarries, outputs } = body;
    const firstSequence = carries.length;
    const firstCapture = firstSequence + elements.length;
    const steps = inputs[firstSequence].shape[0];
    const stacked = signatures.slice(carries.length).map(({ shape, dtype }) => zeros(shape, dtype));
    let state = inputs.slice(0, carries.length);
    for (let i = 0; i < steps; i++) {
      const t = isReverse ? steps - 1 - i : i;
      const given = new Map<Tensor, Value>();
      carries.forEach((tensor, k) => given.set(tensor, state[k]));
      elements.forEach((tensor, k) => given.set(tensor, elementAt(inputs[firstSequence + k], t)));
      captures.forEach((tensor, k) => given.set(tensor, inputs[firstCapture + k]));
      const made = evaluate([...nextCarries, ...outputs], given, binding);
      state = made.slice(0, carries.length);
      stacked.forEach(({ data }, k) => {
        const one = made[carries.length + k].data;
        data.set(one, t * one.length);
      });
    }
    return [...state, ...stacked];
  },
  vjp: (inputs, attributes, ys, gs) => scanGradient(scan, inputs, attributes, ys, gs),
  lower: lowerScan,
  multiplications: ({ inputs, attributes: { body } }) =>
    mulDim(inputs[body.carries.length].shape[0], multiplications([...body.nextCarries, ...body.outputs])),
  samples: [],
};

/**
 * A loop over the first axis of sequences with carried state: the only kind of loop in a graph.
 *
 * `step` is traced once, on the state before a step and one element of each sequence; it returns the state after it, of
 * the same shapes, and outputs, which are stacked to [T, ...]. Tensors from outside that `step` reads are captured, and
 * whatever depends on neither state nor elements is computed once, outside. With `isReverse`, outputs keep the order of
 * the sequences: outputs[t] belongs to element t. A random input made in `step` is drawn once for all steps; for a draw
 * per step, pass a sequence.
 *
 * The gradient is a scan in the other direction over the states of the forward pass; the matrix products for the
 * weights happen once, after it.
 * @throws {ShapeError} without a sequence, for sequences of different lengths, or for a state that changes its shape.
 */
export function scan(
  { carries, sequences, isReverse = false }: ScanInputs,
  step: (carries: readonly Tensor[], elements: readonly Tensor[]) => ScanResult,
): ScanResult {
  if (sequences.length === 0) throw new ShapeError('scan: expected at least one sequence, got none');
  const states = carries.map(({ shape, dtype }, i) => input(`state${i}`, shape, dtype));
  const elements = sequences.map(({ shape, dtype }, i) => input(`element${i}`, shape.slice(1), dtype));
  const made = step(states, elements);
  const results = [...made.carries, ...made.outputs];
  const outputs = [...new Set([...made.outputs, ...residualsOf(states, elements, results)])];
  const { body, captured, isUsed } = closeBody({ carries: states, elements, nextCarries: made.carries, outputs });
  const inputs = [...carries, ...sequences.filter((_, i) => isUsed[i]), ...captured];
  const all = apply(scanOp, inputs, { body, isReverse });
  const stacked = all.slice(carries.length);
  return {
    carries: all.slice(0, carries.length),
    outputs: made.outputs.map((output) => stacked[outputs.indexOf(output)]),
  };
}

function inferScan(inputs: readonly Tensor[], { body }: ScanAttributes): readonly Signature[] {
  const { carries, elements, captures, nextCarries, outputs } = body;
  const firstCapture = carries.length + elements.length;
  const [length] = inputs[carries.length].shape;
  const expected = [...carries, ...elements, ...captures];
  inputs.forEach((given, i) => {
    const isSequence = i >= carries.length && i < firstCapture;
    const shape = isSequence ? given.shape.slice(1) : given.shape;
    if (isSequence && !equalDim(given.shape[0], length)) {
      throw new ShapeError(`scan: sequences must be equally long, got ${length} and ${given.shape[0]}`);
    }
    if (!equalShape(shape, expected[i].shape) || given.dtype !== expected[i].dtype) {
      throw new ShapeError(`scan: input ${i} must be ${expected[i]}, got ${given.dtype} ${showShape(shape)}`);
    }
  });
  nextCarries.forEach((next, i) => {
    if (!equalShape(next.shape, carries[i].shape) || next.dtype !== carries[i].dtype) {
      throw new ShapeError(`scan: state ${i} must stay ${carries[i]}, got ${next}`);
    }
  });
  return [
    ...carries.map(({ shape, dtype }) => ({ shape, dtype })),
    ...outputs.map(({ shape, dtype }) => ({ shape: [length, ...shape], dtype })),
  ];
}

function elementAt({ shape, dtype, data }: Value, t: number): Value {
  const one = shape.slice(1);
  const size = elementCount(one);
  return { shape: one, dtype, data: data.subarray(t * size, (t + 1) * size) };
}

function lowerScan(emit: Emitter, inputs: readonly Name[], { attributes }: Node<ScanAttributes>): readonly Name[] {
  const { body, isReverse } = attributes;
  const { carries, elements, captures, nextCarries, outputs } = body;
  const firstCapture = carries.length + elements.length;
  const placeholders = [...carries, ...elements];
  const results = [...nextCarries, ...outputs];
  const typed = (name: Name, { dtype, shape }: Tensor): SubgraphValue => ({ name, dtype, shape });
  const subgraph = emit.subgraph(
    placeholders.map((tensor, i) => typed(i < carries.length ? 'state' : 'element', tensor)),
    (names) => {
      const given = new Map<Tensor, Name>();
      placeholders.forEach((tensor, i) => given.set(tensor, names[i]));
      captures.forEach((tensor, i) => given.set(tensor, inputs[firstCapture + i]));
      return emit.graph(results, given).map((name, i) => typed(name, results[i]));
    },
  );
  const directions = (count: number) => Array.from({ length: count }, () => 1);
  return emit.many('Scan', inputs.slice(0, firstCapture), results.length, {
    num_scan_inputs: elements.length,
    body: subgraph,
    ...(isReverse && { scan_input_directions: directions(elements.length) }),
    ...(isReverse && outputs.length > 0 && { scan_output_directions: directions(outputs.length) }),
  });
}
