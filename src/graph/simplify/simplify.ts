import { constantTensor, constantValue, inputName } from '../ir/constant.ts';
import type { Node, Tensor } from '../ir/node.ts';
import { apply } from '../ir/op.ts';
import { atScope } from '../ir/scope.ts';
import type { Value } from '../ir/value.ts';
import { evaluate } from '../passes/interpret.ts';
import { rewrite } from '../passes/substitute.ts';
import { onFlatRows } from './flat-rows.ts';
import { tidyScans } from './tidy-scan.ts';

/**
 * Rewrites a graph into a cheaper one with the same results: each op's own `simplify` rule, equal nodes merged, small
 * constants folded (in float32, as the engine would), composites without a native form replaced by their bodies, and
 * loops reduced to what must be in them. Unread nodes are dropped. Run it just before lowering: `gradient` never sees
 * its result.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const opened = tidyScans(
    rewrite(outputs, (node, inputs) => open(node, inputs)),
    simplify,
  );
  const seen = new Map<string, readonly Tensor[]>();
  const settled = new Set<Tensor>();
  const ids = new Map<object, number>();
  const idOf = (key: object): number => {
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    return id;
  };
  const merge = (node: Node): readonly Tensor[] => {
    const key = `${idOf(node.op)}(${node.inputs.map((input) => `${idOf(input.node)}.${input.index}`)})${attributeKey(node)}`;
    const known = seen.get(key) ?? node.outputs;
    seen.set(key, known);
    for (const output of known) settled.add(output);
    return known;
  };
  const settle = (tensor: Tensor): Tensor => {
    if (settled.has(tensor) || inputName(tensor) !== null) return tensor;
    return improve(rebuild(tensor.node, tensor.node.inputs.map(settle)))[tensor.index];
  };
  const improve = (node: Node): readonly Tensor[] => {
    const folded = fold(node);
    if (folded) return merge(folded.node);
    const flat = onFlatRows(node);
    if (flat) return flat.map(settle);
    const better = reduce(node);
    return better ? [settle(better)] : merge(node);
  };
  return rewrite(opened, (node, inputs) => {
    if (inputName(node.outputs[0]) !== null) return node.outputs;
    return improve(rebuild(node, inputs));
  });
}

/** Applies a node's own rule until it no longer applies. */
function reduce(node: Node): Tensor | null {
  let best: Tensor | null = null;
  for (let at = node; at.op.simplify; ) {
    const better = atScope(at.scope, () => at.op.simplify?.(at) ?? null);
    if (!better) break;
    best = better;
    at = better.node;
    if (at.outputs.length > 1) break;
  }
  return best;
}

function open(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  const { op, attributes, scope } = node;
  if (!op.body || op.lower) return rebuild(node, inputs).outputs;
  const body = op.body;
  const given = new Map(inputs.map((input) => [input, input]));
  return atScope(scope, () => rewrite(body(inputs, attributes), open, given));
}

function rebuild(node: Node, inputs: readonly Tensor[]): Node {
  if (node.inputs.every((input, i) => input === inputs[i])) return node;
  return atScope(node.scope, () => apply(node.op, inputs, node.attributes)[0].node);
}

const largestFold = 64;

function fold(node: Node): Tensor | null {
  const [output] = node.outputs;
  const sizes = output.shape;
  const isSmall =
    sizes.every((size) => typeof size === 'number') && sizes.reduce((n, s) => n * (s as number), 1) <= largestFold;
  if (node.op.body || node.outputs.length > 1 || node.inputs.length === 0 || !isSmall) return null;
  if (!node.inputs.every((input) => constantValue(input))) return null;
  const given = new Map(node.inputs.map((input) => [input, rounded(constantValue(input) as Value)]));
  const { data, shape, dtype } = rounded(evaluate([output], given, new Map())[0]);
  return constantTensor(data, shape, dtype);
}

/** A value as the engine holds it: floats in float32. */
const rounded = (known: Value): Value =>
  known.dtype === 'float' ? { ...known, data: known.data.map(Math.fround) } : known;

function attributeKey({ attributes, outputs }: Node): string {
  const known = constantValue(outputs[0]);
  if (known)
    return `${known.dtype}[${known.shape}]${known.data.length <= largestFold ? Array.from(known.data, showNumber) : `#${outputs[0].node.id}`}`;
  return (
    JSON.stringify(attributes, (_, item) => (typeof item === 'number' ? showNumber(item) : (item?.key ?? item))) ?? ''
  );
}

/** A number as text; −0 and 0 differ. */
const showNumber = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
