import type { Node, Tensor } from '../ir/node.ts';
import { apply } from '../ir/op.ts';
import { atScope } from '../ir/scope.ts';
import { topological } from '../ir/topological.ts';
import { closeBody, type ScanAttributes, type ScanBody } from '../loop/body.ts';
import { scanOp } from '../loop/scan.ts';
import { rewrite, substitute } from '../passes/substitute.ts';
import { withFixedForms } from './fixed-form.ts';
import { liftFromStep } from './lift.ts';

/**
 * The same graph with smaller scans: state, elements and outputs that nothing reads are removed, and whatever is the
 * same in every step or does not depend on the state moves in front of the scan. `simplify` rewrites the steps.
 */
export function tidyScans(
  outputs: readonly Tensor[],
  simplify: (outputs: readonly Tensor[]) => Tensor[],
): readonly Tensor[] {
  const order = topological(outputs);
  if (!order.some(isScan)) return outputs;
  const live = liveParts(order, outputs);
  return rewrite(outputs, (node, inputs) => {
    const parts = live.get(node);
    if (parts) return atScope(node.scope, () => rebuildScan(node as Node<ScanAttributes>, inputs, parts, simplify));
    if (node.inputs.every((input, i) => input === inputs[i])) return node.outputs;
    return atScope(node.scope, () => apply(node.op, inputs, node.attributes));
  });
}

const isScan = (node: Node): boolean => node.op === scanOp;

/** The parts of a scan that something reads, by position. */
interface LiveParts {
  readonly carries: readonly number[];
  readonly outputs: readonly number[];
}

/** The live parts of every scan, found from the graph's outputs backwards. */
function liveParts(order: readonly Node[], outputs: readonly Tensor[]): Map<Node, LiveParts> {
  const wanted = new Set(outputs);
  const found = new Map<Node, LiveParts>();
  for (const node of order.toReversed()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    if (!isScan(node)) {
      for (const input of node.inputs) wanted.add(input);
      continue;
    }
    const { body } = node.attributes as ScanAttributes;
    const count = body.carries.length;
    const isWanted = node.outputs.map((output) => wanted.has(output));
    const live = body.outputs.flatMap((_, i) => (isWanted[count + i] ? [i] : []));
    const { carries, reached } = liveCarries(body, isWanted, live);
    found.set(node, { carries, outputs: live });
    const placeholders = [...body.carries, ...body.elements, ...body.captures];
    node.inputs.forEach((input, i) => {
      if (i < count ? carries.includes(i) : reached.has(placeholders[i])) wanted.add(input);
    });
    wanted.add(node.inputs[count]);
  }
  return found;
}

/** State whose final value is read, or that influences what is read, directly or through other state. */
function liveCarries(body: ScanBody, isWanted: readonly boolean[], outputs: readonly number[]) {
  const carries = new Set(body.carries.flatMap((_, i) => (isWanted[i] ? [i] : [])));
  for (;;) {
    const results = [...[...carries].map((i) => body.nextCarries[i]), ...outputs.map((i) => body.outputs[i])];
    const reached = new Set([...results, ...topological(results).flatMap((node) => node.inputs)]);
    const more = body.carries.flatMap((carry, i) => (reached.has(carry) && !carries.has(i) ? [i] : []));
    if (more.length === 0) return { carries: [...carries].sort((a, b) => a - b), reached };
    for (const i of more) carries.add(i);
  }
}

function rebuildScan(
  node: Node<ScanAttributes>,
  inputs: readonly Tensor[],
  live: LiveParts,
  simplify: (outputs: readonly Tensor[]) => Tensor[],
): readonly Tensor[] {
  const { body, isReverse } = node.attributes;
  const count = body.carries.length;
  const sequences = inputs.slice(count, count + body.elements.length);
  const captured = inputs.slice(count + body.elements.length);
  const simple = simplify([
    ...live.carries.map((i) => body.nextCarries[i]),
    ...live.outputs.map((i) => body.outputs[i]),
  ]);
  const placed = substitute(simple, new Map(body.captures.map((capture, i) => [capture, captured[i]])));
  const carries = live.carries.map((i) => body.carries[i]);
  const results = withFixedForms(placed, new Set([...carries, ...body.elements]));
  const step = liftFromStep({ elements: body.elements, sequences, results }, carries);
  const [nextCarries, outputs] = [step.results.slice(0, carries.length), step.results.slice(carries.length)];
  const isLooped = outputs.map((output) => !step.elements.includes(output));
  const closed = closeBody({
    carries,
    elements: step.elements,
    nextCarries,
    outputs: outputs.filter((_, i) => isLooped[i]),
  });
  const made = apply(
    scanOp,
    [...live.carries.map((i) => inputs[i]), ...step.sequences.filter((_, i) => closed.isUsed[i]), ...closed.captured],
    { body: closed.body, isReverse },
  );
  const stacked = made.slice(carries.length);
  const all = [
    ...made.slice(0, carries.length),
    ...outputs.map((output, i) =>
      isLooped[i] ? (stacked.shift() as Tensor) : step.sequences[step.elements.indexOf(output)],
    ),
  ];
  const places = [...live.carries, ...live.outputs.map((i) => count + i)];
  return node.outputs.map((output, i) => all[places.indexOf(i)] ?? output);
}
