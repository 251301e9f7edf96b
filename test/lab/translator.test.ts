/** The small encoder–decoder of the laboratory, how it is fed and how its free running is measured. */
import { expect, test } from 'vitest';
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { evaluating } from '../../src/lab/evaluation.ts';
import { rightAfterMistake, written } from '../../src/lab/experiments/exposure-bias/free-running.ts';
import { fit } from '../../src/lab/fit.ts';
import { singleThreaded } from '../../src/lab/single-thread.ts';
import { noisyText, runningSum } from '../../src/lab/toys/own-words.ts';
import { forced, pairFeeds, translate, translator, translatorLoss } from '../../src/lab/toys/translator.ts';
import { nodeBackend } from '../../src/runtime/node.ts';

const backend = singleThreaded(nodeBackend());
const small = translator({ words: 3, width: 12 }, { attention: 'none' });

test('feeds pad after each sentence, shift after the start token, and end the target', () => {
  const feeds = pairFeeds(
    [
      { source: [0, 1], target: [2, 1] },
      { source: [2], target: [0] },
    ],
    small,
  );
  expect(Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, [...data]]))).toEqual({
    input_ids: [0, 1, 2, 3],
    attention_mask: [1, 1, 1, 0],
    decoder_input_ids: [5, 2, 1, 5, 0, 3],
    labels: [2, 1, 4, 0, 4, -100],
  });
});

test('what is learned under teacher forcing is measured there, and greedy search reproduces it', async () => {
  const pairs = [0, 1, 2].map((word) => ({ source: [word, (word + 1) % 3], target: [(word + 2) % 3, word] }));
  const plan = {
    loss: (root: Parameters<typeof translatorLoss>[0]) => translatorLoss(root, small),
    batch: () => pairFeeds(pairs, small),
    steps: 150,
    learningRate: 0.02,
  };
  const [{ weights, losses }] = await fit(backend, plan, [0]);
  const sources = pairs.map(({ source }) => source);
  expect(await translate(backend, small, weights, sources, 5)).toEqual(pairs.map(({ target }) => target));
  await evaluating(
    backend,
    (root) => forced(root, small),
    async (evaluation) => {
      const { loss, best } = await evaluation.run(weights, pairFeeds(pairs, small));
      expect(Number(loss.data[0])).toBeCloseTo(losses[149], 2);
      expect(losses[149]).toBeLessThan(0.05);
      expect([...best.data].map(Number)).toEqual(pairs.flatMap(({ target }) => [...target, small.end]));
    },
  );
  const task = { name: 'three pairs', pair: (random: ReturnType<typeof randomStream>) => pairs[random.below(3)] };
  const sizes = { rows: 6, length: 2, distance: 1 };
  expect(await written({ backend }, small, task, { seed: 0, weights, losses }, sizes)).toMatchObject({
    forced: [1, 1],
    free: [1, 1],
    whole: 1,
    recovery: [1],
  });
});

test('after the first wrong word correct ones are counted by distance; an early end counts as wrong', () => {
  const target = [0, 1, 2, 0];
  const pairs = [0, 1, 2, 3].map(() => ({ source: target, target }));
  const found = [[1, 1, 1, 0], [0, 0, 2], target, [0, 1, 2, 1]];
  expect(rightAfterMistake(found, pairs, 3)).toEqual([1, 0, 1]);
  expect(rightAfterMistake([target], pairs, 2)).toEqual([1, 1]);
});

test('noisy text is a chain that half of the source spells; a running sum adds what the source says', () => {
  const { source, target } = noisyText.pair(randomStream(1), 4000);
  const share = (is: (t: number) => boolean) => target.filter((_, t) => is(t)).length / 4000;
  expect(share((t) => source[t] === target[t])).toBeCloseTo(0.55, 1);
  expect(share((t) => target[t] === (target[t - 1] + 1) % 10)).toBeCloseTo(0.865, 1);
  const sum = runningSum.pair(randomStream(2), 50);
  expect(sum.target).toEqual(sum.source.map((_, t) => sum.source.slice(0, t + 1).reduce((a, b) => a + b) % 10));
});
