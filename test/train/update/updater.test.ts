import { afterAll, describe, expect, test } from 'vitest';
import { makeBatch } from '../../../src/data/batch/batch.ts';
import { input } from '../../../src/graph/index.ts';
import type { Parameter } from '../../../src/nn/index.ts';
import { bindingBackend } from '../../../src/runtime/node/binding.ts';
import { capiBackend } from '../../../src/runtime/node/capi.ts';
import { sequenceFeeds } from '../../../src/tasks/text-to-text/sequence-batch.ts';
import { optimizer as makeOptimizer } from '../../../src/train/optimizers/optimizers.ts';
import { trainGraphs } from '../../../src/train/update/train-graph.ts';
import type { UpdateResult } from '../../../src/train/update/updater.ts';
import { batchTokens, sequencePairs, sequenceTask, tinyModel, trainArguments } from '../sequence-task.ts';
import {
  batchOf,
  change,
  copyOf,
  difference,
  disposeUpdaters,
  type Made,
  updaterOf,
  withoutLabels,
} from './tiny-updater.ts';

afterAll(disposeUpdaters);

/** Sums in another order: float32 rounds otherwise. */
const tolerance = 1e-5;

describe.each([capiBackend(), bindingBackend()])('accumulation on $name', (backend) => {
  const halves = [batchOf(0, 9), batchOf(9, 48)];
  const whole = [batchOf(0, 48)];

  test('over two batches of different size has the gradients and the loss of one batch of both', async () => {
    expect(halves[0].counts).not.toEqual(halves[1].counts);
    const sgd = { optim: 'sgd', max_grad_norm: 0 } as const;
    const one = await updaterOf(whole, sgd, { backend });
    const two = await updaterOf(halves, { ...sgd, gradient_accumulation_steps: 2 }, { backend });
    const before = copyOf(one.state.weights);
    const results = [await one.updater.run(1, 1, true), await two.updater.run(1, 1, true)];
    expect(results[1].loss).toBeCloseTo(results[0].loss, 5);
    expect(results[1].counts).toEqual(results[0].counts);
    const [gradients, accumulated] = [change(before, one), change(before, two)];
    expect(Math.max(...(gradients.get('model.shared.weight') ?? []))).toBeGreaterThan(1e-3);
    expect(difference(gradients, accumulated)).toBeLessThan(tolerance);
    const buffers = new Map(
      Object.entries(two.state.gradients[0]).map(([name, { data }]) => [
        name.replace('gradient/', ''),
        data as Float32Array,
      ]),
    );
    accumulated.delete('final_logits_bias');
    expect(difference(accumulated, buffers)).toBeLessThan(tolerance);
  });

  test('with clipping and Adam has the norm, parameters and state of one batch of both, update after update', async () => {
    // The keys' bias has no gradient but rounding, which a small epsilon would blow up to whole steps.
    const changes = { max_grad_norm: 0.1, weight_decay: 0.1, adam_epsilon: 1e-3 };
    const one = await updaterOf(whole, changes, { backend });
    const two = await updaterOf(halves, { ...changes, gradient_accumulation_steps: 2 }, { backend });
    for (let update = 1; update <= 3; update++) {
      const a = await one.updater.run(update, 1e-2, update === 3);
      const b = await two.updater.run(update, 1e-2, update === 3);
      expect(b.gradNorm).toBeCloseTo(a.gradNorm ?? Number.NaN, 4);
      expect(a.gradNorm).toBeGreaterThan(0.1);
    }
    expect(difference(one.state.weights, two.state.weights)).toBeLessThan(1e-3);
    const slots = ({ state }: Made) =>
      new Map([...state.optimizerTensors].map(([name, { data }]) => [name, data as Float32Array]));
    expect(difference(slots(one), slots(two))).toBeLessThan(1e-3);
  });
});

describe('an update', () => {
  test('gives the same bytes on both engines of Node', async () => {
    const batches = [batchOf(0, 20), batchOf(20, 48)];
    const [a, b] = [
      await updaterOf(batches, {}, { model: tinyModel({ dropout: 0.2 }) }),
      await updaterOf(batches, {}, { model: tinyModel({ dropout: 0.2 }), backend: bindingBackend() }),
    ];
    for (let update = 1; update <= 3; update++) {
      expect(await a.updater.run(update, 1e-2, false)).toEqual(await b.updater.run(update, 1e-2, false));
    }
    expect(a.state.weights).toEqual(b.state.weights);
  });

  test('of numbers in many pieces is that of all at once', async () => {
    // Without clipping, whose norm is summed up piece by piece, and so rounded otherwise.
    const changes = { weight_decay: 0.1, max_grad_norm: 0 };
    const batches = [batchOf(0, 20), batchOf(20, 48)];
    const [one, many] = [await updaterOf(batches, changes), await updaterOf(batches, changes, { pieceSize: 7 })];
    expect(one.state.pieces).toHaveLength(2);
    expect(many.state.pieces.length).toBeGreaterThan(100);
    for (let update = 1; update <= 3; update++) {
      expect(await many.updater.run(update, 1e-2, false)).toEqual(await one.updater.run(update, 1e-2, false));
    }
    expect(many.state.weights).toEqual(one.state.weights);
  });

  test('of a model that is frozen as a whole is refused', async () => {
    const { loss } = sequenceTask({ model: tinyModel({}) });
    const optimizer = makeOptimizer(trainArguments({}));
    const all = new Set(trainGraphs(loss, { optimizer, maxGradNorm: 1 }).trained);
    expect(() => trainGraphs(loss, { optimizer, maxGradNorm: 1, frozen: all })).toThrow('train: nothing to train');
  });

  test('leaves frozen parameters and buffers as they were, and keeps no state for them', async () => {
    const frozen = new Set(['model.shared.weight', 'model.encoder.layers.0.fc1.bias']);
    for (const gradient_accumulation_steps of [1, 2]) {
      const { updater, state } = await updaterOf(
        [batchOf(0, 24), batchOf(24, 48)],
        { gradient_accumulation_steps },
        { frozen },
      );
      const before = copyOf(state.weights);
      for (let update = 1; update <= 3; update++) await updater.run(update, 1e-2, false);
      const same = [...state.weights].filter(([name, x]) => x.every((value, i) => value === before.get(name)?.[i]));
      expect(same.map(([name]) => name).sort()).toEqual([...frozen, 'final_logits_bias'].sort());
      expect([...(state.weights.get('final_logits_bias') ?? [])]).toEqual(Array(11).fill(0));
      const kept = Object.keys(state.slots).map((name) => name.replace(/^state\/\w+\//, ''));
      expect(kept).not.toContain('final_logits_bias');
      expect(kept.filter((name) => frozen.has(name))).toEqual([]);
    }
  });

  test('takes its batches from one epoch, and reports the position of the data', async () => {
    const batches = [batchOf(0, 10), batchOf(10, 20), batchOf(20, 48)];
    const { updater } = await updaterOf(batches, { gradient_accumulation_steps: 2 });
    const results: UpdateResult[] = [];
    for (let update = 1; update <= 3; update++) results.push(await updater.run(update, 1e-3, false));
    expect(results.map(({ position }) => position)).toEqual([
      { epoch: 0, batch: 2 },
      { epoch: 1, batch: 0 },
      { epoch: 1, batch: 2 },
    ]);
    expect(results.map(({ epoch }) => epoch)).toEqual([2 / 3, 1, 1 + 2 / 3]);
    expect(results[1].counts).toEqual(batches[2].counts);
  });

  test('without a label that counts has a loss and gradients of 0, and only decays, as PyTorch’s AdamW does', async () => {
    const { updater, state } = await updaterOf([withoutLabels(batchOf(0, 9)), batchOf(0, 9)], { weight_decay: 0.1 });
    const before = copyOf(state.weights);
    const { loss, gradNorm, counts } = await updater.run(1, 0.5, false);
    expect([loss, gradNorm, counts]).toEqual([0, 0, { labels: 0 }]);
    for (const [name, numbers] of state.weights) {
      const kept = name.endsWith('bias') || name.includes('layer_norm') ? 1 : 1 - 0.5 * 0.1;
      const was = before.get(name) ?? new Float32Array();
      expect([name, numbers.findIndex((x, i) => Math.abs(x - kept * was[i]) > 1e-6)]).toEqual([name, -1]);
    }
    expect((await updater.run(2, 1e-3, true)).loss).toBeGreaterThan(1);
  });

  test('lets timers fire while the engine works', async () => {
    const large = sequencePairs(4000);
    const batch = sequenceFeeds(
      makeBatch(
        large,
        Int32Array.from({ length: 4000 }, (_, i) => i),
        batchTokens,
      ),
    );
    const { updater } = await updaterOf([batch], {});
    await updater.run(1, 1e-3, true);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 2);
    const start = performance.now();
    await updater.run(2, 1e-3, true);
    const took = performance.now() - start;
    clearInterval(timer);
    expect(took).toBeGreaterThan(20);
    expect(ticks).toBeGreaterThan(took / 20);
  });
});

test('a batch in more parts than there are shards is refused', async () => {
  const { updater } = await updaterOf([[batchOf(0, 8), batchOf(8, 16), batchOf(16, 24)]], {}, { shards: 2 });
  await expect(updater.run(1, 1e-3, true)).rejects.toThrow(
    new RangeError('train: expected a batch in at most 2 parts, got 3'),
  );
});

test('the parameters of another model are not drawn', async () => {
  const { state } = await updaterOf([batchOf(0, 8)], {});
  const tensor = input('stranger', [2]);
  const stranger: Parameter = { tensor, shape: [2], initializer: () => new Float32Array(2), isTrained: true };
  expect(() => state.initialize(new Map([['stranger', stranger]]), 1)).toThrow(
    new RangeError('initialize: expected a parameter of this model, got stranger'),
  );
});
