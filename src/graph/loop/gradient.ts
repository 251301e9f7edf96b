import { input } from '../ir/constant.ts';
import type { Tensor } from '../ir/node.ts';
import { stepSumOf } from '../ir/op.ts';
import { gradient } from '../passes/gradient.ts';
import { substitute } from '../passes/substitute.ts';
import { add, zerosOf } from '../primitives/primitive.ts';
import type { ScanAttributes, ScanInputs, ScanResult } from './body.ts';

type Step = (carries: readonly Tensor[], elements: readonly Tensor[]) => ScanResult;

const isFloat = ({ dtype }: Tensor): boolean => dtype === 'float';

/**
 * The cotangents of a scan's inputs: a scan in the other direction that carries the cotangents of the state.
 *
 * Its step is the gradient of the forward step. It reads the states and the results that are costly to recompute, and
 * computes the rest again. The cotangent of a capture is a sum over the steps: computed after the scan from the factors
 * of all steps if an op's `stepSum` can, otherwise carried.
 */
export function scanGradient(
  scan: (inputs: ScanInputs, step: Step) => ScanResult,
  inputs: readonly Tensor[],
  { body, isReverse }: ScanAttributes,
  ys: readonly Tensor[],
  gs: readonly (Tensor | null)[],
): readonly (Tensor | null)[] {
  const { carries, elements, captures, nextCarries, outputs } = body;
  const count = carries.length;
  const cotangent = ({ shape }: Tensor) => input('cotangent', shape);

  // The gradient of one step, in the step's own tensors.
  const states = carries.filter(isFloat);
  const stateSeeds = states.map(cotangent);
  const seeded = outputs.flatMap((output, i) => {
    const g = gs[count + i];
    return g && isFloat(output) ? [{ output, seed: cotangent(output), g }] : [];
  });
  const roots = [...nextCarries.filter(isFloat), ...seeded.map(({ output }) => output)];
  const wrt = [...states, ...[...elements, ...captures].filter(isFloat)];
  const grads = gradient(roots, wrt, [...stateSeeds, ...seeded.map(({ seed }) => seed)]);
  const gradientOf = new Map(wrt.map((tensor, i) => [tensor, grads[i]]));

  // What a step of the reversed scan reads, and from which sequence.
  const read = new Map<Tensor, Tensor>();
  for (const { seed, g } of seeded) read.set(seed, g);
  elements.forEach((element, i) => read.set(element, inputs[count + i]));
  outputs.forEach((output, i) => read.set(output, ys[count + i]));

  // What it returns: the cotangents of the elements, and the factors or terms of those of the captures.
  const elementGradients = elements.flatMap((element) => gradientOf.get(element) ?? []);
  const sums = captures.map((capture) => {
    const g = gradientOf.get(capture);
    return g ? { g, sum: stepSumOf(g) } : null;
  });
  const terms = sums.flatMap((each) => (each && !each.sum ? [each.g] : []));
  const factors = sums.flatMap((each) => each?.sum?.factors ?? []).filter((factor) => !read.has(factor));

  const made = scan(
    {
      carries: [
        ...carries.flatMap((carry, i) => (isFloat(carry) ? [gs[i] ?? zerosOf(carry.shape)] : [])),
        ...terms.map(({ shape }) => zerosOf(shape)),
      ],
      sequences: [...read.values()],
      isReverse: !isReverse,
    },
    (before, given) => {
      const places = new Map<Tensor, Tensor>([...read.keys()].map((tensor, i) => [tensor, given[i]]));
      stateSeeds.forEach((seed, i) => places.set(seed, before[i]));
      captures.forEach((capture, i) => places.set(capture, inputs[count + elements.length + i]));
      const next = states.map((state) => gradientOf.get(state) ?? zerosOf(state.shape));
      const placed = substitute([...next, ...terms, ...elementGradients, ...factors], places);
      const after = placed.splice(0, next.length);
      const added = placed.splice(0, terms.length).map((term, i) => add(before[next.length + i], term));
      return { carries: [...after, ...added], outputs: placed };
    },
  );

  // Back to the order of the inputs.
  const [finals, stacked] = [[...made.carries], [...made.outputs]];
  const take = (from: Tensor[]): Tensor => from.shift() as Tensor;
  const stateCotangents = carries.map((carry) => (isFloat(carry) ? take(finals) : null));
  const elementCotangents = elements.map((element) => (gradientOf.get(element) ? take(stacked) : null));
  const captureCotangents = sums.map((each) => {
    if (!each) return null;
    if (!each.sum) return take(finals);
    return each.sum.combine(each.sum.factors.map((factor) => read.get(factor) ?? take(stacked)));
  });
  return [...stateCotangents, ...elementCotangents, ...captureCotangents];
}
