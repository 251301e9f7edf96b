/** Derivatives along one direction: by the graph's gradient and by finite differences. */
import { gradient, input, interpret, type Tensor, type Value, value } from '../../src/graph/index.ts';
import { drawFloats } from './draw.ts';

/** Weights of f(−3h) … f(3h) in the sixth-order central difference: f′ = Σ weight·f/h, error h⁶/140·f⁽⁷⁾. */
const stencil = [
  [-3, -1 / 60],
  [-2, 3 / 20],
  [-1, -3 / 4],
  [1, 3 / 4],
  [2, -3 / 20],
  [3, 1 / 60],
] as const;

const step = 1e-3;

type Feeds = Readonly<Record<string, Value>>;

/** Cotangents of some outputs, fed under names of their own; null: that output is not differentiated. */
export function seedsFor(prefix: string, tensors: readonly (Tensor | null)[]): (Tensor | null)[] {
  return tensors.map((tensor, i) => tensor && input(`${prefix}${i}`, tensor.shape));
}

/** Random values for cotangents, shaped like the tensors' values. */
export function seedFeeds(seeds: readonly (Tensor | null)[], like: readonly Value[], key: string): Feeds {
  return Object.fromEntries(
    seeds.flatMap((seed, i) => {
      if (!seed) return [];
      const name = String((seed.node.attributes as { name: string }).name);
      return [[name, value(like[i].shape, drawFloats(`${key} ${name}`, like[i].data.length))]];
    }),
  );
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((total, x, i) => total + x * b[i], 0);

/** A direction of length 1 in the space of all `names` together. */
function direction(names: readonly string[], feeds: Feeds, key: string): Record<string, Float64Array> {
  const raw = names.map((name) => Float64Array.from(drawFloats(`${key} ${name}`, feeds[name].data.length)));
  const length = Math.sqrt(raw.reduce((total, part) => total + dot(part, part), 0)) || 1;
  return Object.fromEntries(names.map((name, i) => [name, raw[i].map((x) => x / length)]));
}

/**
 * The derivative of Σ ⟨output, seed⟩ along a random direction of the inputs `wrt` (tensor by name).
 *
 * @returns what the graph's gradient says and what finite differences say.
 */
export function alongDirection(
  outputs: readonly Tensor[],
  seeds: readonly (Tensor | null)[],
  wrt: ReadonlyMap<string, Tensor>,
  feeds: Feeds,
  key: string,
): { readonly byGradient: number; readonly byDifference: number } {
  const names = [...wrt.keys()];
  const v = direction(names, feeds, key);
  const grads = gradient(outputs, [...wrt.values()], seeds);
  const known = grads.filter((g): g is Tensor => g !== null);
  const values = interpret(known, feeds);
  let at = 0;
  const byGradient = grads.reduce((total, g, i) => total + (g ? dot(values[at++].data, v[names[i]]) : 0), 0);
  const seeded = outputs.flatMap((output, i) => {
    const seed = seeds[i];
    return seed ? [output, seed] : [];
  });
  const f = (shift: number): number => {
    const moved = { ...feeds };
    for (const name of names) {
      moved[name] = { ...feeds[name], data: feeds[name].data.map((x, i) => x + shift * v[name][i]) };
    }
    const found = interpret(seeded, moved);
    let total = 0;
    for (let i = 0; i < found.length; i += 2) total += dot(found[i].data, found[i + 1].data);
    return total;
  };
  const byDifference = stencil.reduce((total, [at, weight]) => total + (weight * f(at * step)) / step, 0);
  return { byGradient, byDifference };
}

/** The tensors without the gaps where no gradient flows. */
export const present = (tensors: readonly (Tensor | null)[]): Tensor[] =>
  tensors.filter((t): t is Tensor => t !== null);
