import type { Node, Tensor } from '../ir/node.ts';
import { apply } from '../ir/op.ts';
import { atScope } from '../ir/scope.ts';
import { reshape } from '../primitives/primitive.ts';

/**
 * A node's outputs for many cases at once: `stacked` returns an input's cases along a new first axis, or null for an
 * input that is the same in all cases. Null if the op cannot do it; see {@link LoopRules.batching}.
 */
export function applyBatched(node: Node, stacked: readonly (Tensor | null)[]): readonly Tensor[] | null {
  const { op, attributes, scope } = node;
  const batching = op.loop?.batching;
  if (!batching) return null;
  const rank = node.outputs[0].rank + 1;
  return atScope(scope, () =>
    batching === 'broadcast'
      ? apply(
          op,
          stacked.map((cases, i) => (cases ? raised(cases, rank) : node.inputs[i])),
          attributes,
        )
      : batching(
          stacked.map((cases, i) => cases ?? node.inputs[i]),
          attributes,
          stacked.map(Boolean),
        ),
  );
}

/** Inserts ones after the first axis, so that the axes after them broadcast as before. */
function raised(cases: Tensor, rank: number): Tensor {
  const [count, ...shape] = cases.shape;
  const ones = Array.from({ length: rank - cases.rank }, () => 1);
  return ones.length > 0 ? reshape(cases, { shape: [count, ...ones, ...shape] }) : cases;
}
