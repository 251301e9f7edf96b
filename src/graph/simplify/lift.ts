import { input } from '../ir/constant.ts';
import { addDim, type Dim, isAtMost, mulDim } from '../ir/dimension.ts';
import { elementTypes } from '../ir/dtype.ts';
import type { Tensor } from '../ir/node.ts';
import { sizeOf } from '../ir/shape.ts';
import { dependentNodes } from '../loop/body.ts';
import { substitute } from '../passes/substitute.ts';
import { applyBatched } from './batching.ts';
import { regroupedProducts } from './regroup.ts';

/** A step of a scan: the elements that it reads, and its results. */
export interface Step {
  readonly elements: readonly Tensor[];
  /** The sequences of the elements, outside. */
  readonly sequences: readonly Tensor[];
  readonly results: readonly Tensor[];
}

/**
 * The same step without whatever depends on its elements alone: that is computed outside, for all elements at once, and
 * its results become new elements. In a product, the factors that can be lifted are multiplied with each other first;
 * {@link regroupedProducts} says what that may change.
 *
 * The lifted results of all steps are held in memory. They may take four times the memory of the elements that they
 * depend on, each tensor and all together; a result that takes more stays in the step.
 */
export function liftFromStep(step: Step, carries: readonly Tensor[]): Step {
  const { elements, sequences } = step;
  const placeholders = new Set([...carries, ...elements]);
  const given = new Map(elements.map((element, i) => [element, sequences[i]]));
  const results = regroupedProducts(step.results, new Set(liftable(step.results, given, placeholders).keys()));
  const stacked = liftable(results, given, placeholders);
  const inner = [...dependentNodes(results, placeholders)].filter(({ outputs }) => !stacked.has(outputs[0]));
  const read = new Set([...results, ...inner.flatMap((node) => node.inputs)]);
  const lifted = [...read].filter((tensor) => stacked.has(tensor) && !placeholders.has(tensor));
  if (!isAtMost(together(lifted), together(elements), largestGrowth)) return step;
  const made = lifted.map(({ shape, dtype }) => input('lifted', shape, dtype));
  return {
    elements: [...elements, ...made],
    sequences: [...sequences, ...lifted.map((tensor) => stacked.get(tensor) as Tensor)],
    results: substitute(results, new Map(lifted.map((tensor, i) => [tensor, made[i]]))),
  };
}

const largestGrowth = 4;

/** Memory of a step's tensor in the engine, in bytes. */
const memoryOf = ({ shape, dtype }: Tensor): Dim => mulDim(sizeOf(shape), elementTypes[dtype].array.BYTES_PER_ELEMENT);

const together = (tensors: readonly Tensor[]): Dim => tensors.map(memoryOf).reduce(addDim, 0);

/** What can be computed from the elements for all steps at once, with its sequence; includes the elements. */
function liftable(
  results: readonly Tensor[],
  elements: ReadonlyMap<Tensor, Tensor>,
  placeholders: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  const stacked = new Map(elements);
  // The elements that each tensor depends on.
  const sources = new Map<Tensor, ReadonlySet<Tensor>>(
    [...elements.keys()].map((element) => [element, new Set([element])]),
  );
  const inner = dependentNodes(results, placeholders);
  const isOutside = (tensor: Tensor): boolean => !inner.has(tensor.node) && !placeholders.has(tensor);
  for (const node of inner) {
    if (!node.inputs.every((tensor) => stacked.has(tensor) || isOutside(tensor))) continue;
    const origin = new Set(node.inputs.flatMap((tensor) => [...(sources.get(tensor) ?? [])]));
    const isGrowing = node.outputs.some(
      (output) => ![...origin].some((element) => isAtMost(memoryOf(output), memoryOf(element), largestGrowth)),
    );
    const made = isGrowing
      ? null
      : applyBatched(
          node,
          node.inputs.map((tensor) => stacked.get(tensor) ?? null),
        );
    made?.forEach((sequence, i) => {
      stacked.set(node.outputs[i], sequence);
      sources.set(node.outputs[i], origin);
    });
  }
  return stacked;
}
