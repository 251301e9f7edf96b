import { constantTensor, constantValue } from '../ir/constant.ts';
import type { Node, Tensor } from '../ir/node.ts';
import { apply } from '../ir/op.ts';
import { atScope } from '../ir/scope.ts';
import { equalShape } from '../ir/shape.ts';
import { topological } from '../ir/topological.ts';
import { rewrite } from '../passes/substitute.ts';
import { add, mul } from '../primitives/primitive.ts';

/**
 * The same results with a single factor that can be lifted out of the step: x·a·b becomes x·(a·b), and x·a + x·b
 * becomes x·(a + b), for products that nothing else reads. Constants count as liftable.
 *
 * Done only if a or b is bounded (in a sum: both), as gates and their slopes are, so that nothing new overflows.
 * Rounding in float32, and products below its smallest number, may differ.
 *
 * @param lifted tensors that can be lifted; the new products are added.
 */
export function regroupedProducts(results: readonly Tensor[], lifted: Set<Tensor>): readonly Tensor[] {
  const uses = countUses(results);
  const isOwn = (tensor: Tensor): boolean => uses.get(tensor) === 1;
  const kept = (tensor: Tensor): Tensor => {
    lifted.add(tensor);
    return tensor;
  };
  const isScalar = (tensor: Tensor): boolean => constantValue(tensor)?.data.length === 1 && tensor.rank === 0;
  const isFactor = (tensor: Tensor, { shape }: Tensor): boolean =>
    isScalar(tensor) || (lifted.has(tensor) && equalShape(tensor.shape, shape));

  /** x and a of x·a, if a can be lifted and is as large as the product. */
  const parts = (tensor: Tensor): readonly [x: Tensor, a: Tensor] | null => {
    const { op, inputs } = tensor.node;
    if (op !== mul.op || lifted.has(tensor) || tensor.dtype !== 'float') return null;
    const at = inputs.findIndex((factor) => lifted.has(factor) && equalShape(factor.shape, tensor.shape));
    if (at >= 0) return [inputs[1 - at], inputs[at]];
    const scalar = inputs.findIndex(isScalar);
    const inner = scalar >= 0 ? parts(inputs[1 - scalar]) : null;
    return inner && [inner[0], kept(mul(inner[1], inputs[scalar]))];
  };
  const product = (node: Node, [first, second]: readonly Tensor[]): Tensor | null => {
    const orders = [
      { x: first, factor: second, own: node.inputs[0] },
      { x: second, factor: first, own: node.inputs[1] },
    ];
    for (const { x, factor, own } of orders) {
      const inner = isOwn(own) && isFactor(factor, x) ? parts(x) : null;
      if (inner && (isBounded(inner[1]) || isBounded(factor))) return mul(inner[0], kept(mul(inner[1], factor)));
    }
    return null;
  };
  const total = (node: Node, inputs: readonly Tensor[]): Tensor | null => {
    const one = constantTensor(1);
    const [first, second] = inputs.map((tensor, i) => (isOwn(node.inputs[i]) ? parts(tensor) : null));
    const pairs = [
      [first, second],
      [first, [inputs[1], one] as const],
      [[inputs[0], one] as const, second],
    ];
    for (const [left, right] of pairs) {
      if (!left || !right || left[0] !== right[0] || !isBounded(left[1]) || !isBounded(right[1])) continue;
      return mul(left[0], kept(add(left[1], right[1])));
    }
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

const bounded = new WeakMap<Node, boolean>();

/** Whether the way a tensor is computed bounds all its numbers. */
function isBounded({ node }: Tensor): boolean {
  const known = bounded.get(node);
  if (known !== undefined) return known;
  const range = node.op.loop?.range;
  const found =
    constantValue(node.outputs[0]) !== null ||
    range === 'unit' ||
    (range === 'asInputs' && node.inputs.every(isBounded));
  bounded.set(node, found);
  return found;
}

function countUses(results: readonly Tensor[]): ReadonlyMap<Tensor, number> {
  const uses = new Map<Tensor, number>();
  for (const tensor of [...results, ...topological(results).flatMap((node) => node.inputs)]) {
    uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  }
  return uses;
}
