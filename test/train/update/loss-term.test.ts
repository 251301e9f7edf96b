/** A loss of several terms, each with its own denominator. */
import { afterAll, describe, expect, test } from 'vitest';
import { add, input, mul, sum } from '../../../src/graph/index.ts';
import { constant, lossScale, type Scope, Trace } from '../../../src/nn/index.ts';
import { square } from '../../../src/ops/index.ts';
import type { HostTensor } from '../../../src/runtime/backend.ts';
import { trainerGroup } from '../../../src/train/optimizers/parameter-group.ts';
import type { MicroBatch } from '../../../src/train/update/micro-batch.ts';
import { disposeUpdaters, type UpdaterOptions, updaterOf } from './tiny-updater.ts';

afterAll(disposeUpdaters);

/** The mean of (w·x)² over the words plus the mean of w·y over the sentences, w = 2 at first. */
function loss(root: Scope) {
  const w = root.parameter('w', [1], constant(2));
  const words = square(mul(w, input('x', ['words'])));
  const sentences = mul(w, input('y', ['sentences']));
  return add(
    mul(sum(words, { axes: [0] }), lossScale('labels')),
    mul(sum(sentences, { axes: [0] }), lossScale('next_sentence_label')),
  );
}
const trace = new Trace();
loss(trace.root);
const task = { loss, parameters: trace.parameters, group: trainerGroup };

const floats = (...x: number[]): HostTensor => ({ type: 'float32', shape: [x.length], data: Float32Array.from(x) });

/** A batch of words and sentences; a zero fills a place that does not count. */
function batch(x: readonly number[], y: readonly number[]): MicroBatch {
  const counts = { labels: x.filter(Boolean).length, next_sentence_label: y.filter(Boolean).length };
  return { feeds: { x: floats(...x), y: floats(...y) }, counts, tokens: x.length };
}

const sgd = { optim: 'sgd', max_grad_norm: 0 } as const;

async function oneUpdate(batches: readonly (MicroBatch | readonly MicroBatch[])[], options: UpdaterOptions = {}) {
  const changes = { ...sgd, gradient_accumulation_steps: batches.length };
  const { updater, state } = await updaterOf(batches, changes, { ...options, task });
  const result = await updater.run(1, 1, true);
  const [w] = state.weights.get('w') as Float32Array;
  return { loss: result.loss, counts: result.counts, gradient: 2 - w };
}

const first = batch([1, 2, 3], [4]);
const second = batch([5], [6, 7]);
/** 4·(1 + 4 + 9 + 25)/4 + 2·(4 + 6 + 7)/3, and its derivative by w at 2. */
const expected = { loss: 39 + 34 / 3, gradient: 39 + 17 / 3, counts: { labels: 4, next_sentence_label: 3 } };

describe('each term of a loss has one denominator for the whole update', () => {
  test.each([
    ['one batch', [batch([1, 2, 3, 5], [4, 6, 7])], {}],
    ['two accumulated batches', [first, second], {}],
    ['two shards', [[first, second]], { shards: 2 }],
    ['two accumulated batches of two shards', [[first, batch([0], [6])], batch([5], [7])], { shards: 2 }],
  ] as const)('in %s', async (_, batches, options) => {
    const { loss, gradient, counts } = await oneUpdate(batches, options);
    expect(counts).toEqual(expected.counts);
    expect(loss).toBeCloseTo(expected.loss, 4);
    expect(gradient).toBeCloseTo(expected.gradient, 4);
  });

  test('a term of which nothing counts adds nothing, and the other keeps its mean', async () => {
    expect(await oneUpdate([batch([0, 0], [3, 5])])).toEqual({
      loss: 8,
      gradient: 4,
      counts: { labels: 0, next_sentence_label: 2 },
    });
    expect(await oneUpdate([batch([3], [0])])).toMatchObject({ loss: 36, gradient: 36 });
  });
});

test.each([
  [{ labels: 1 }, 'train: expected a batch with counts of labels, next_sentence_label, got labels'],
  [
    { labels: 1, next_sentence_label: 1, sop_label: 1 },
    'train: expected a batch with counts of labels, next_sentence_label, got labels, next_sentence_label, sop_label',
  ],
  [{}, 'train: expected a batch with counts of labels, next_sentence_label, got nothing'],
  [{ labels: 1, next_sentence_label: -1 }, 'train: expected a count of next_sentence_label from 0, got -1'],
  [{ labels: Number.NaN, next_sentence_label: 1 }, 'train: expected a count of labels from 0, got NaN'],
])('a batch that counts %j is refused', async (counts, message) => {
  const wrong = { ...batch([1], [1]), counts } as MicroBatch;
  await expect(oneUpdate([first, wrong])).rejects.toThrow(new RangeError(message));
});
