/** When waiting counts as shown, on made-up times, and what the timed layers take by their graphs. */
import { expect, test } from 'vitest';
import { layerWork } from '../../src/lab/experiments/time-length/layer-work.ts';
import { type Growth, isWaitingShown, pairedRatio } from '../../src/lab/experiments/time-length/run.ts';
import {
  attentionLayer,
  passes,
  recurrentLayer,
  timed,
  tokenwiseLayer,
  width,
} from '../../src/lab/experiments/time-length/timed-layer.ts';
import { nodeBackend } from '../../src/runtime/node.ts';

const growths = (recurrent: readonly number[], attention: readonly number[], last = recurrent): readonly Growth[] =>
  passes.flatMap((pass, i) => [
    { layer: recurrentLayer, pass, growth: i === 0 ? recurrent : last },
    { layer: attentionLayer, pass, growth: attention },
  ]);

test('waiting is shown when the recurrent layer’s time grows, and more than attention’s, for every seed', () => {
  expect(isWaitingShown(growths([3, 2.5], [2.6, 1.2]))).toBe(true);
});

test.each([
  ['it hardly grows', growths([1.4, 3], [1, 1])],
  ['attention’s grows more for one seed', growths([3, 2.5], [1.2, 2.6])],
  ['it hardly grows in one of the passes', growths([3, 3], [1, 1], [3, 1.4])],
])('waiting is not shown when %s', (_, given) => expect(isWaitingShown(given)).toBe(false));

test('a ratio is the middle one of the rounds’ own ratios, not that of the middle times', () => {
  expect(pairedRatio([2, 30, 8], [1, 10, 2])).toBe(3);
});

test('the layers have equal products with weights; only the recurrent one waits longer in longer sequences', () => {
  const works = [recurrentLayer, attentionLayer, tokenwiseLayer].map((layer) => layerWork(layer, [4, 12]));
  const weights = 8 * width ** 2;
  expect(works.map(({ perToken }) => perToken)).toEqual([
    [weights, weights],
    [weights + 2 * 4 * width, weights + 2 * 12 * width],
    [weights, weights],
  ]);
  expect(works.map(({ inSequence }) => inSequence)).toEqual([
    [4, 12],
    [6, 6],
    [2, 2],
  ]);
  expect(works.map(({ path }) => path(12))).toEqual([12, 1, undefined]);
});

test('every contestant is timed on every shape, for every seed, as often as there are rounds', async () => {
  const said: number[] = [];
  const lab = { backend: nodeBackend(), seeds: [0, 1], budget: 1, say: (share: number) => said.push(share) };
  const contestants = [tokenwiseLayer, recurrentLayer].map((layer) => ({ layer, pass: passes[1], threads: 1 }));
  const times = await timed(lab, contestants, [{ rows: 2, time: 3 }], 4);
  expect(times.map((shapes) => shapes.map((seeds) => seeds.map((rounds) => rounds.length)))).toEqual([
    [[4, 4]],
    [[4, 4]],
  ]);
  expect(times.flat(3).every((time) => time > 0)).toBe(true);
  expect(said[said.length - 1]).toBe(1);
});
