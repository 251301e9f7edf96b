import type { Tensor } from '../ir/node.ts';
import { apply } from '../ir/op.ts';
import { atScope } from '../ir/scope.ts';
import { dependentNodes } from '../loop/body.ts';
import { rewrite } from '../passes/substitute.ts';

/**
 * The same results of a step, with each op in its cheapest form given that some of its inputs are the same in every
 * step; whatever depends on those inputs alone is computed once, before the loop. See {@link LoopRules.fixedForm}.
 */
export function withFixedForms(results: readonly Tensor[], placeholders: ReadonlySet<Tensor>): readonly Tensor[] {
  const inner = dependentNodes(results, placeholders);
  const isFixed = (tensor: Tensor): boolean => !placeholders.has(tensor) && !inner.has(tensor.node);
  return rewrite(results, (node, inputs) => {
    if (!inner.has(node)) return node.outputs;
    const isSame = node.inputs.every((input, i) => input === inputs[i]);
    const outputs = isSame ? node.outputs : atScope(node.scope, () => apply(node.op, inputs, node.attributes));
    const { loop } = node.op;
    const better =
      loop?.fixedForm && atScope(node.scope, () => loop.fixedForm?.(outputs[0].node, node.inputs.map(isFixed)));
    return better ? [better] : outputs;
  });
}
