import { afterAll, describe, expect, test } from 'vitest';
import { makeBatch } from '../../src/data/batch/batch.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { bindingBackend } from '../../src/runtime/node-binding.ts';
import { capiBackend } from '../../src/runtime/node-capi.ts';
import { sequenceFeeds } from '../../src/tasks/text-to-text/sequence-batch.ts';
import type { TrainArguments } from '../../src/train/arguments.ts';
import { optimizer as makeOptimizer } from '../../src/train/optimizers/optimizers.ts';
import { nodeRandomBytes } from '../../src/train/random/random-bytes-node.ts';
import type { BatchSource, MicroBatch } from '../../src/train/update/micro-batch.ts';
import { trainGraphs } from '../../src/train/update/train-graph.ts';
import { TrainState } from '../../src/train/update/train-state.ts';
import { type UpdateResult, Updater } from '../../src/train/update/updater.ts';
import { batchTokens, sequencePairs, sequenceTask, tinyModel, trainArguments } from './sequence-task.ts';

const pairs = sequencePairs(48);
const batchOf = (from: number, to: number): MicroBatch =>
  sequenceFeeds(
    makeBatch(
      pairs,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
      batchTokens,
    ),
  );

/** Epochs of the given batches, in this order. */
function sourceOf(batches: readonly (MicroBatch | readonly MicroBatch[])[]): BatchSource {
  let at = 0;
  return {
    get position() {
      return { epoch: Math.floor(at / batches.length), batch: at % batches.length };
    },
    batchesInEpoch: batches.length,
    next: () => batches[at++ % batches.length],
  };
}

interface Made {
  readonly updater: Updater;
  readonly state: TrainState;
}
const made: Updater[] = [];
afterAll(() => Promise.all(made.map((updater) => updater.dispose())));

async function updaterOf(
  batches: readonly (MicroBatch | readonly MicroBatch[])[],
  changes: Partial<TrainArguments>,
  {
    backend = capiBackend(),
    dropout = 0,
    frozen,
    pieceSize,
    shards,
  }: {
    backend?: Backend;
    dropout?: number;
    frozen?: ReadonlySet<string>;
    pieceSize?: number;
    shards?: number;
  } = {},
): Promise<Made> {
  const args = trainArguments({ weight_decay: 0, ...changes });
  const { loss, hasDecay } = sequenceTask({ model: tinyModel({ dropout }) });
  const optimizer = makeOptimizer(args);
  const graphs = trainGraphs(loss, { optimizer, maxGradNorm: args.max_grad_norm, frozen });
  const state = new TrainState(graphs, { optimizer, hasDecay, pieceSize, shards });
  state.initialize(graphs.parameters, args.seed);
  const updater = await Updater.make({
    ...{ graphs, optimizer, state, backend },
    source: sourceOf(batches),
    randomBytes: nodeRandomBytes(args.seed),
    accumulationSteps: args.gradient_accumulation_steps,
    threads: 1,
  });
  made.push(updater);
  return { updater, state };
}

/** Largest difference of two sets of numbers by name, relative to the largest number of the set. */
function difference(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  expect([...a.keys()]).toEqual([...b.keys()]);
  let most = 0;
  for (const [name, numbers] of a) {
    const other = b.get(name) as Float32Array;
    const scale = Math.max(1e-3, ...numbers.map(Math.abs));
    numbers.forEach((x, i) => (most = Math.max(most, Math.abs(x - other[i]) / scale)));
  }
  return most;
}

const copyOf = (weights: ReadonlyMap<string, Float32Array>) =>
  new Map([...weights].map(([name, numbers]) => [name, numbers.slice()]));

/** What an update by SGD with rate 1 took away: the gradients. */
function change(before: ReadonlyMap<string, Float32Array>, { state }: Made): Map<string, Float32Array> {
  return new Map(
    [...state.weights].map(([name, after]) => [name, after.map((x, i) => (before.get(name)?.[i] ?? 0) - x)]),
  );
}

/** Sums in another order: float32 rounds otherwise. */
const tolerance = 1e-5;

describe('shards', () => {
  const changes = { max_grad_norm: 0.1, weight_decay: 0.1, adam_epsilon: 1e-3 };

  test.each([
    [
      'two parts side by side',
      [
        [batchOf(0, 9), batchOf(9, 48)],
        [batchOf(3, 20), batchOf(20, 31)],
      ],
      1,
    ],
    ['one part where a batch has no more', [[batchOf(0, 48)], [batchOf(3, 31)]], 1],
    ['batches in parts, accumulated', [[batchOf(0, 9), batchOf(9, 24)], [batchOf(24, 48)]], 2],
  ] as const)('%s have norm, loss, parameters and state of the whole batch', async (_, parts, accumulation) => {
    const wholes = accumulation === 2 ? [batchOf(0, 48)] : [batchOf(0, 48), batchOf(3, 31)];
    const one = await updaterOf(wholes, changes);
    const two = await updaterOf(
      parts,
      { ...changes, gradient_accumulation_steps: accumulation },
      { shards: 2, pieceSize: 70 },
    );
    expect(two.state.gradients).toHaveLength(2);
    for (let update = 1; update <= 4; update++) {
      const [a, b] = [
        await one.updater.run(update, 1e-2, update === 4),
        await two.updater.run(update, 1e-2, update === 4),
      ];
      expect(b.gradNorm).toBeCloseTo(a.gradNorm ?? Number.NaN, 4);
      expect(b.loss).toBeCloseTo(a.loss, 4);
      expect(b.labels).toBe(a.labels);
    }
    expect(difference(one.state.weights, two.state.weights)).toBeLessThan(tolerance * 10);
    for (const [name, { data }] of Object.entries(one.state.slots)) {
      const other = two.state.slots[name].data;
      const far = data.findIndex((x, i) => Math.abs(x - other[i]) > tolerance * 10 * Math.max(1, Math.abs(x)));
      expect(`${name} ${far}`).toBe(`${name} -1`);
    }
  });

  test('a source deals a batch out to parts of like lengths', () => {
    const whole = sequenceTask({ model: tinyModel({}) }).source({ epoch: 0, batch: 0 });
    const parted = sequenceTask({ model: tinyModel({}) }).source({ epoch: 0, batch: 0 });
    const [all] = [whole.next()].flat();
    const parts = [parted.next(2)].flat();
    expect(parts).toHaveLength(2);
    expect(parts[0].labels + parts[1].labels).toBe(all.labels);
    expect(parts.map(({ feeds }) => feeds.input_ids.shape[0]).reduce((a, b) => a + b)).toBe(
      all.feeds.input_ids.shape[0],
    );
    expect(parted.position).toEqual(whole.position);
  });
});

describe.each([capiBackend(), bindingBackend()])('accumulation on $name', (backend) => {
  const halves = [batchOf(0, 9), batchOf(9, 48)];
  const whole = [batchOf(0, 48)];

  test('over two batches of different size has the gradients and the loss of one batch of both', async () => {
    expect(halves[0].labels).not.toBe(halves[1].labels);
    const sgd = { optim: 'sgd', max_grad_norm: 0 } as const;
    const one = await updaterOf(whole, sgd, { backend });
    const two = await updaterOf(halves, { ...sgd, gradient_accumulation_steps: 2 }, { backend });
    const before = copyOf(one.state.weights);
    const results = [await one.updater.run(1, 1, true), await two.updater.run(1, 1, true)];
    expect(results[1].loss).toBeCloseTo(results[0].loss, 5);
    expect(results[1].labels).toBe(results[0].labels);
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
      await updaterOf(batches, {}, { dropout: 0.2 }),
      await updaterOf(batches, {}, { dropout: 0.2, backend: bindingBackend() }),
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
    expect(() => trainGraphs(loss, { optimizer, maxGradNorm: 1, frozen: all })).toThrow(
      'train: expected a parameter that the loss depends on',
    );
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

  test('takes its batches from one epoch, and tells where the data stand', async () => {
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
    expect(results[1].labels).toBe(batches[2].labels);
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
