/** An updater of a tiny model, on batches given one by one. */
import { expect } from 'vitest';
import { makeBatch } from '../../../src/data/batch/batch.ts';
import type { ModelSetup } from '../../../src/models/families/setup.ts';
import type { Backend } from '../../../src/runtime/backend.ts';
import { capiBackend } from '../../../src/runtime/node/capi.ts';
import { sequenceFeeds } from '../../../src/tasks/text-to-text/sequence-batch.ts';
import type { TrainArguments } from '../../../src/train/arguments.ts';
import { optimizer as makeOptimizer } from '../../../src/train/optimizers/optimizers.ts';
import { nodeRandomBytes } from '../../../src/train/random/random-bytes-node.ts';
import type { TrainingTask } from '../../../src/train/training.ts';
import type { KeptUpdaterParts } from '../../../src/train/update/kept-updater.ts';
import type { BatchSource, MicroBatch } from '../../../src/train/update/micro-batch.ts';
import { trainGraphs } from '../../../src/train/update/train-graph.ts';
import { TrainState } from '../../../src/train/update/train-state.ts';
import { Updater } from '../../../src/train/update/updater.ts';
import { batchTokens, sequencePairs, sequenceTask, tinyModel, trainArguments } from '../sequence-task.ts';

const pairs = sequencePairs(48);

/** A batch of the pairs from `from` to before `to`. */
export const batchOf = (from: number, to: number): MicroBatch =>
  sequenceFeeds(
    makeBatch(
      pairs,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
      batchTokens,
    ),
  );

/** A batch of which no label counts. */
export const withoutLabels = ({ feeds, tokens }: MicroBatch): MicroBatch => {
  const { row_labels: labels } = feeds;
  return {
    feeds: { ...feeds, row_labels: { ...labels, data: new Int32Array(labels.data.length).fill(-100) } },
    counts: { labels: 0 },
    tokens,
  };
};

/** Each whole, or in its parts. */
export type Batches = readonly (MicroBatch | readonly MicroBatch[])[];

/** Epochs of the given batches, in this order. */
function sourceOf(batches: Batches): BatchSource {
  let at = 0;
  return {
    get position() {
      return { epoch: Math.floor(at / batches.length), batch: at % batches.length };
    },
    batchesInEpoch: batches.length,
    next: () => batches[at++ % batches.length],
  };
}

export interface Made {
  readonly updater: Updater;
  readonly state: TrainState;
}
const made: Updater[] = [];

/** Frees all that were made. */
export const disposeUpdaters = () => Promise.all(made.splice(0).map((updater) => updater.dispose()));

export interface UpdaterOptions {
  readonly backend?: Backend;
  readonly model?: ModelSetup<'sequence-to-sequence'>;
  /** What is trained; default: to learn the pairs with `model`. */
  readonly task?: Pick<TrainingTask, 'loss' | 'group' | 'parameters'>;
  readonly frozen?: ReadonlySet<string>;
  readonly pieceSize?: number;
  readonly shards?: number;
}

/** What an updater works with, fresh at every call. */
export function partsOf(
  batches: Batches,
  changes: Partial<TrainArguments>,
  { backend = capiBackend(), model = tinyModel({ dropout: 0 }), task, frozen, pieceSize, shards }: UpdaterOptions = {},
): KeptUpdaterParts {
  const args = trainArguments({ weight_decay: 0, ...changes });
  const { loss, group, parameters } = task ?? sequenceTask({ model });
  const optimizer = makeOptimizer(args);
  const graphs = trainGraphs(loss, { optimizer, maxGradNorm: args.max_grad_norm, parameters, frozen });
  const state = new TrainState(graphs, { optimizer, group, pieceSize, shards });
  state.initialize(graphs.parameters, args.seed);
  return {
    ...{ graphs, optimizer, state, backend, group },
    source: sourceOf(batches),
    randomBytes: nodeRandomBytes(args.seed),
    accumulationSteps: args.gradient_accumulation_steps,
  };
}

export async function updaterOf(
  batches: Batches,
  changes: Partial<TrainArguments>,
  options: UpdaterOptions = {},
): Promise<Made> {
  const parts = partsOf(batches, changes, options);
  const updater = await Updater.make({ ...parts, threads: 1 });
  made.push(updater);
  return { updater, state: parts.state };
}

type Numbers = ReadonlyMap<string, Float32Array>;

export const copyOf = (weights: Numbers): Numbers =>
  new Map([...weights].map(([name, numbers]) => [name, numbers.slice()]));

/** Largest difference of two sets of numbers by name, relative to the largest number of the set. */
export function difference(a: Numbers, b: Numbers): number {
  expect([...a.keys()]).toEqual([...b.keys()]);
  let most = 0;
  for (const [name, numbers] of a) {
    const other = b.get(name) as Float32Array;
    const scale = Math.max(1e-3, ...numbers.map(Math.abs));
    numbers.forEach((x, i) => (most = Math.max(most, Math.abs(x - other[i]) / scale)));
  }
  return most;
}

/** What an update by SGD with rate 1 took away: the gradients. */
export function change(before: Numbers, { state }: Made): Map<string, Float32Array> {
  return new Map(
    [...state.weights].map(([name, after]) => [name, after.map((x, i) => (before.get(name)?.[i] ?? 0) - x)]),
  );
}
