import { describe, expect, test } from 'vitest';
import { viterbi } from '../../src/decode/viterbi.ts';
import { gradient, input, interpret, type Tensor, value } from '../../src/graph/index.ts';
import { crfLogPartition, crfScores, crfSequenceScore, Trace } from '../../src/nn/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { alongDirection, seedFeeds, seedsFor } from '../ops/derivative.ts';
import { drawFloats } from '../ops/draw.ts';
import { runLowered } from '../ops/engine.ts';
import { differenceTolerance, expectClose, tolerance } from '../ops/tolerance.ts';

const [B, T, K] = [3, 4, 3];
const lengths = [4, 1, 2];
const trace = new Trace();
const scores = crfScores(trace.root, K);
const emissions = input('emissions', ['batch', 'time', K]);
const mask = input('mask', ['batch', 'time']);
const tags = input('tags', ['batch', 'time'], 'int32');
const partition = crfLogPartition(scores, emissions, mask);
const score = crfSequenceScore(scores, emissions, tags, mask);

const draw = (name: string, shape: readonly number[], size = 1) =>
  value(
    shape,
    drawFloats(
      name,
      shape.reduce((n, s) => n * s, 1),
    ).map((x) => x * size),
  );
const feeds = {
  start_transitions: draw('start', [K]),
  transitions: draw('transitions', [K, K], 2),
  end_transitions: draw('end', [K]),
  emissions: draw('emissions', [B, T, K], 3),
  mask: value(
    [B, T],
    lengths.flatMap((length) => Array.from({ length: T }, (_, t) => Number(t < length))),
  ),
  tags: value([B, T], [0, 1, 2, 0, 2, 0, 0, 0, 1, 1, 2, 2], 'int32'),
};

const at = (name: keyof typeof feeds, ...place: number[]) =>
  feeds[name].data[place.reduce((flat, i, axis) => flat * feeds[name].shape[axis] + i, 0)];

/** Score of a sequence of row `b` by the definition. */
const scoreOf = (b: number, path: readonly number[]) =>
  at('start_transitions', path[0]) +
  path.reduce((total, tag, t) => total + at('emissions', b, t, tag), 0) +
  path.slice(1).reduce((total, tag, t) => total + at('transitions', path[t], tag), 0) +
  at('end_transitions', path[path.length - 1]);

/** Every sequence of so many tags. */
const every = (length: number): number[][] =>
  length === 0 ? [[]] : every(length - 1).flatMap((path) => Array.from({ length: K }, (_, k) => [...path, k]));

const logSum = (numbers: readonly number[]) => {
  const most = Math.max(...numbers);
  return most + Math.log(numbers.reduce((total, x) => total + Math.exp(x - most), 0));
};

describe('a linear-chain CRF', () => {
  test('log Z is the sum over all sequences, a sequence’s score is the definition’s', () => {
    const [z, s] = interpret([partition, score], feeds);
    lengths.forEach((length, b) => {
      expect(z.data[b]).toBeCloseTo(logSum(every(length).map((path) => scoreOf(b, path))), 12);
      const path = Array.from({ length }, (_, t) => at('tags', b, t));
      expect(s.data[b]).toBeCloseTo(scoreOf(b, path), 12);
    });
  });

  test('the gradient of log Z by the emissions are the marginals of enumeration', () => {
    const [marginals] = interpret([gradient(partition, [emissions])[0] as Tensor], feeds);
    lengths.forEach((length, b) => {
      const paths = every(length);
      const z = logSum(paths.map((path) => scoreOf(b, path)));
      for (let t = 0; t < T; t++) {
        for (let k = 0; k < K; k++) {
          const through = paths.filter((path) => path[t] === k).map((path) => scoreOf(b, path));
          const expected = through.length ? Math.exp(logSum(through) - z) : 0;
          expect(marginals.data[(b * T + t) * K + k]).toBeCloseTo(expected, 12);
        }
      }
    });
  });

  test('Viterbi finds the best of all sequences, and the best of those that are allowed', () => {
    const chain = {
      start: feeds.start_transitions.data,
      transitions: feeds.transitions.data,
      end: feeds.end_transitions.data,
    };
    const isAllowed = (from: number, to: number) => !(from === -1 && to === 2) && !(from === 0 && to === 1);
    lengths.forEach((length, b) => {
      const numbers = feeds.emissions.data.slice(b * T * K, (b * T + length) * K);
      const best = (paths: readonly number[][]) =>
        paths.reduce((a, path) => (scoreOf(b, path) > scoreOf(b, a) ? path : a));
      const all = every(length);
      const legal = all.filter((path) => path.every((tag, t) => isAllowed(t ? path[t - 1] : -1, tag)));
      for (const [paths, found] of [
        [all, viterbi(numbers, chain)],
        [legal, viterbi(numbers, chain, isAllowed)],
      ] as const) {
        expect(found.tags).toEqual(best(paths));
        expect(found.score).toBeCloseTo(scoreOf(b, best(paths)), 12);
      }
      expect(viterbi(numbers, chain, () => false)).toEqual(viterbi(numbers, chain));
    });
  });

  const wrt = new Map<string, Tensor>([
    ...[...trace.parameters].map(([name, { tensor }]) => [name, tensor] as const),
    ['emissions', emissions],
  ]);
  const outputs = [partition, score];
  const seeds = seedsFor('seed', outputs);
  const fed = { ...feeds, ...seedFeeds(seeds, interpret(outputs, feeds), 'crf') };

  test('its first and second gradients are the derivatives', () => {
    const first = alongDirection(outputs, seeds, wrt, fed, 'crf');
    const close = ({ byGradient, byDifference }: typeof first) =>
      expect(Math.abs(byGradient - byDifference)).toBeLessThan(
        differenceTolerance * Math.max(1, Math.abs(byDifference)),
      );
    close(first);
    const grads = gradient([partition], [...wrt.values()], [seeds[0]]) as Tensor[];
    const again = seedsFor('again', grads);
    const all = { ...fed, ...seedFeeds(again, interpret(grads, fed), 'crf again') };
    close(alongDirection(grads, again, wrt, all, 'crf'));
  });

  for (const backend of [nodeBackend(), webBackend({ threads: 1 })]) {
    test(`${backend.name} gives the reference’s numbers and gradients`, async () => {
      const grads = gradient(outputs, [...wrt.values()], seeds) as Tensor[];
      const named = Object.fromEntries([...outputs, ...grads].map((tensor, i) => [`r${i}`, tensor]));
      const found = await runLowered(backend, named, fed);
      interpret(Object.values(named), fed).forEach((expected, i) =>
        expectClose(found[`r${i}`], expected, tolerance.gradient, `r${i}`),
      );
    });
  }
});
