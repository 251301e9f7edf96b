/** Training and evaluating in the laboratory, on a line that is to be found. */
import { describe, expect, test } from 'vitest';
import { input, type Tensor } from '../../src/graph/index.ts';
import { evaluating } from '../../src/lab/evaluation.ts';
import { floats } from '../../src/lab/feed.ts';
import { type FitPlan, fit } from '../../src/lab/fit.ts';
import { initialWeights } from '../../src/lab/weights.ts';
import { linear, type Scope } from '../../src/nn/index.ts';
import { mean, square, sub } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';

const backend = nodeBackend();
const line = (root: Scope): Tensor =>
  linear(root.at('line'), { inFeatures: 1, outFeatures: 1 }, input('x', ['batch', 1]));
const plan: FitPlan = {
  loss: (root) => mean(square(sub(line(root), input('y', ['batch', 1]))), { axes: [0, 1] }),
  batch(random) {
    const x = Array.from({ length: 16 }, () => random.below(200) / 100 - 1);
    return {
      x: floats([16, 1], x),
      y: floats(
        [16, 1],
        x.map((value) => 3 * value - 2),
      ),
    };
  },
  steps: 200,
  learningRate: 0.1,
};
const numbers = (weights: Readonly<Record<string, { readonly data: ArrayLike<number> }>>) =>
  Object.fromEntries(Object.entries(weights).map(([name, { data }]) => [name, Array.from(data)]));

describe('fit', () => {
  test('finds the line from every seed; a seed gives the same whatever ran before it', async () => {
    const heard: number[] = [];
    const fits = await fit(backend, plan, [0, 1], (share) => heard.push(share));
    for (const { weights, losses } of fits) {
      expect(numbers(weights)).toEqual({ 'line.weight': [expect.closeTo(3, 1)], 'line.bias': [expect.closeTo(-2, 1)] });
      expect(losses).toHaveLength(200);
      expect(losses[199]).toBeLessThan(1e-2 * losses[0]);
    }
    expect([heard.length, heard[0], heard[399]]).toEqual([400, 1 / 400, 1]);
    const [alone] = await fit(backend, plan, [1]);
    expect([numbers(alone.weights), alone.losses]).toEqual([numbers(fits[1].weights), fits[1].losses]);
    expect(fits[0].losses).not.toEqual(fits[1].losses);
    expect(numbers(fits[0].weights)).not.toEqual(numbers(fits[1].weights));
  });

  test('takes a rate for each seed, the same graphs for all', async () => {
    const short = { ...plan, steps: 20 };
    const both = await fit(backend, { ...short, learningRate: [0.1, 0.01] }, [1, 1]);
    for (const [i, learningRate] of [0.1, 0.01].entries()) {
      const [alone] = await fit(backend, { ...short, learningRate }, [1]);
      expect(both[i].losses).toEqual(alone.losses);
    }
    expect(both[0].losses).not.toEqual(both[1].losses);
  });

  test('every update counts: the first of a warm-up and the last of a decay have a rate above 0', async () => {
    const two = { ...plan, steps: 2, warmupSteps: 1, schedule: 'linear' } as const;
    const [{ weights, losses }] = await fit(backend, { ...two, steps: 1 }, [0]);
    const [twice] = await fit(backend, two, [0]);
    await evaluating(
      backend,
      (root) => ({ y: line(root) }),
      async ({ parameters }) => {
        expect(numbers(weights)).not.toEqual(numbers(initialWeights(parameters, 0)));
      },
    );
    expect(twice.losses[0]).toBe(losses[0]);
    expect(numbers(twice.weights)).not.toEqual(numbers(weights));
  });
});

test('an evaluation runs any weights and sizes, and says which inputs are missing', async () => {
  await evaluating(
    backend,
    (root) => ({ y: line(root) }),
    async (evaluation) => {
      const weights = { 'line.weight': floats([1, 1], [3]), 'line.bias': floats([1], [-2]) } as never;
      for (const x of [[1], [0, 2, -1]]) {
        const { y } = await evaluation.run(weights, { x: floats([x.length, 1], x) });
        expect(Array.from(y.data, Number)).toEqual(x.map((value) => 3 * value - 2));
      }
      await expect(evaluation.run({}, {})).rejects.toThrow(/^evaluation: expected .*, without .*line\.weight/);
    },
  );
});
