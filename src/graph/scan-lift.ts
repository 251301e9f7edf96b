import { applyBatched } from './batching.ts';
import { constantValue, input } from './constant.ts';
import { isAtMost } from './dimension.ts';
import { apply } from './op.ts';
import { add, mul } from './primitive.ts';
import { dependentNodes } from './scan-body.ts';
import { equalShape, sizeOf } from './shape.ts';
import { rewrite, substitute } from './substitute.ts';
import { atScope, type Node, type Tensor } from './tensor.ts';

/** A step of a scan: what it reads of the sequences, and what it gives. */
export interface Step {
  readonly elements: readonly Tensor[];
  /** The sequences of the elements, outside. */
  readonly sequences: readonly Tensor[];
  readonly results: readonly Tensor[];
}

/**
 * The same step without what depends on its elements alone: that is computed for all elements at once, outside, and
 * becomes elements of its own. Of a product's factors those that do are multiplied with each other first.
 *
 * Nothing is lifted that is much larger than what it is made of, since all steps of it are held.
 */
export function liftFromStep({ elements, sequences, results: traced }: Step, carries: readonly Tensor[]): Step {
  const placeholders = new Set([...carries, ...elements]);
  const given = new Map(elements.map((element, i) => [element, sequences[i]]));
  const results = regrouped(traced, liftable(traced, given, placeholders), placeholders);
  const stacked = liftable(results, given, placeholders);
  const inner = [...dependentNodes(results, placeholders)].filter(({ outputs }) => !stacked.has(outputs[0]));
  const read = new Set([...results, ...inner.flatMap((node) => node.inputs)]);
  const lifted = [...read].filter((tensor) => stacked.has(tensor) && !placeholders.has(tensor));
  const made = lifted.map(({ shape, dtype }) => input('lifted', shape, dtype));
  return {
    elements: [...elements, ...made],
    sequences: [...sequences, ...lifted.map((tensor) => stacked.get(tensor) as Tensor)],
    results: substitute(results, new Map(lifted.map((tensor, i) => [tensor, made[i]]))),
  };
}

/** A tensor of all steps may have so many times the numbers of the largest that it is made of. */
const largestGrowth = 4;

/** What can be computed of the elements for all steps at once, with its sequence; the elements are part of it. */
function liftable(
  results: readonly Tensor[],
  elements: ReadonlyMap<Tensor, Tensor>,
  placeholders: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  const stacked = new Map(elements);
  const inner = dependentNodes(results, placeholders);
  const isOutside = (tensor: Tensor): boolean => !inner.has(tensor.node) && !placeholders.has(tensor);
  for (const node of inner) {
    if (!node.inputs.every((tensor) => stacked.has(tensor) || isOutside(tensor)) || isGrowing(node, stacked)) continue;
    const made = applyBatched(
      node,
      node.inputs.map((tensor) => stacked.get(tensor) ?? null),
    );
    made?.forEach((sequence, i) => {
      stacked.set(node.outputs[i], sequence);
    });
  }
  return stacked;
}

function isGrowing(node: Node, stacked: { has(tensor: Tensor): boolean }): boolean {
  const sources = node.inputs.filter((tensor) => stacked.has(tensor));
  return !node.outputs.every(({ shape }) =>
    sources.some((source) => isAtMost(sizeOf(shape), sizeOf(source.shape), largestGrowth)),
  );
}

/**
 * The same results with one factor that can be lifted instead of several: x·a·b is x·(a·b), x·a + x·b is x·(a + b), for
 * products that nothing else reads. A constant joins what can be lifted.
 */
function regrouped(
  results: readonly Tensor[],
  stacked: ReadonlyMap<Tensor, Tensor>,
  placeholders: ReadonlySet<Tensor>,
): readonly Tensor[] {
  const lifted = new Set(stacked.keys());
  const uses = countUses(results, dependentNodes(results, placeholders));
  const kept = (tensor: Tensor): Tensor => {
    lifted.add(tensor);
    return tensor;
  };
  /** x and a of x·a: of the first factor that is lifted and as large as the product. */
  const parts = (tensor: Tensor): readonly [Tensor, Tensor] | null => {
    const { op, inputs } = tensor.node;
    const at = inputs.findIndex((factor) => lifted.has(factor) && equalShape(factor.shape, tensor.shape));
    return op === mul.op && !lifted.has(tensor) && at >= 0 ? [inputs[1 - at], inputs[at]] : null;
  };
  const isOwn = (tensor: Tensor): boolean => uses.get(tensor) === 1;
  const product = (node: Node, inputs: readonly Tensor[]): Tensor | null => {
    for (const [x, factor] of [inputs, inputs.toReversed()]) {
      const isScalar = constantValue(factor)?.data.length === 1;
      const inner = isScalar || (lifted.has(factor) && isOwn(node.inputs[inputs.indexOf(x)])) ? parts(x) : null;
      if (inner) return mul(inner[0], kept(mul(inner[1], factor)));
    }
    return null;
  };
  const total = (node: Node, inputs: readonly Tensor[]): Tensor | null => {
    const [first, second] = inputs.map((input, i) => (isOwn(node.inputs[i]) ? parts(input) : null));
    if (first && first[0] === second?.[0]) return mul(first[0], kept(add(first[1], second[1])));
    if (first && first[0] === inputs[1]) return mul(first[0], kept(add(first[1], 1)));
    if (second && second[0] === inputs[0]) return mul(second[0], kept(add(second[1], 1)));
    return null;
  };
  const rules = new Map([
    [mul.op, product],
    [add.op, total],
  ]);
  return rewrite(results, (node, inputs) => {
    const better = lifted.has(node.outputs[0]) ? null : rules.get(node.op)?.(node, inputs);
    if (better) return [better];
    if (node.inputs.every((tensor, i) => tensor === inputs[i])) return node.outputs;
    return atScope(node.scope, () => apply(node.op, inputs, node.attributes));
  });
}

function countUses(results: readonly Tensor[], inner: ReadonlySet<Node>): ReadonlyMap<Tensor, number> {
  const uses = new Map<Tensor, number>();
  for (const tensor of [...results, ...[...inner].flatMap((node) => node.inputs)]) {
    uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  }
  return uses;
}
