/** What a run holds, and the weights it starts from. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { normal, type Scope, Trace } from '../../../src/nn/index.ts';
import type { Feeds } from '../../../src/runtime/backend.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { uniformFrom } from '../../../src/train/random/random-bytes.ts';
import type { TrainingTask } from '../../../src/train/training.ts';
import { parseSafetensors, safetensorsPieces } from '../../../src/weights/safetensors.ts';
import { float32Data, float32Tensor } from '../../../src/weights/tensor.ts';
import type { WeightOrigin, WeightStore } from '../../../src/weights/weight-store.ts';
import { observedBackend } from '../../runtime/observed-backend.ts';
import { newFolder, removeFolders, runIn, sequenceTask } from '../sequence-task.ts';

afterAll(removeFolders);

const plain = sequenceTask();
const pooler = ['pooler.dense.weight', 'pooler.dense.bias'];
const fc1 = 'model.encoder.layers.0.fc1.weight';

/** A model with a pooler that the loss does not read; its folder has all that is held. */
function withPooler(changes: Partial<TrainingTask> = {}): TrainingTask {
  const trace = new Trace();
  trace.root.parameter('pooler.dense.weight', [16, 16], normal(0, 1), { part: 'head' });
  trace.root.parameter('pooler.dense.bias', [16], normal(0, 1), { part: 'bias' });
  const parameters = new Map([...trace.parameters, ...plain.parameters]);
  const shapeOf = (name: string) => parameters.get(name)?.shape ?? [];
  return {
    ...plain,
    parameters,
    files: (weights) => ({
      'model.safetensors': safetensorsPieces(
        new Map([...weights].map(([name, data]) => [name, float32Tensor(shapeOf(name), data)])),
      ),
    }),
    checkpoint: {},
    ...changes,
  };
}

async function tensorsIn(...path: string[]): Promise<Map<string, Float32Array>> {
  const file = join(...path);
  const { tensors } = parseSafetensors(await readFile(file), file);
  return new Map([...tensors].map(([name, tensor]) => [name, float32Data(tensor, name).slice()]));
}

const drawn = (task: TrainingTask, name: string, seed = 3): Float32Array => {
  const { shape, initializer } = task.parameters.get(name) ?? expect.fail(name);
  return initializer(shape, uniformFrom(seed, name));
};

describe('parameters that the loss does not read', () => {
  test('are drawn from the seed, saved with the others, and stay as they are, also after a resume', async () => {
    const folder = await newFolder();
    const task = withPooler();
    await runIn(folder, { max_steps: 2, weight_decay: 0.1 }, { task });
    await runIn(folder, { max_steps: 4, weight_decay: 0.1 }, { task, resume: true });
    for (const checkpoint of ['checkpoint-2', 'checkpoint-4', '.']) {
      const weights = await tensorsIn(folder, checkpoint, 'model.safetensors');
      expect([...weights.keys()].sort()).toEqual([...task.parameters.keys()].sort());
      for (const name of pooler) expect(weights.get(name)).toEqual(drawn(task, name));
    }
  });

  test('have no optimizer state and no part in the norm, and leave all others with the same bytes', async () => {
    const folders = [await newFolder(), await newFolder()];
    const norms: (number | undefined)[][] = [[], []];
    for (const [i, task] of [plain, withPooler()].entries()) {
      const updated = (_: number, { gradNorm }: { gradNorm?: number }) => void norms[i].push(gradNorm);
      await runIn(folders[i], { max_steps: 3 }, { task, listener: { updated } });
    }
    expect(norms[1]).toEqual(norms[0]);
    expect(norms[0]).toHaveLength(3);
    const [states, weights] = await Promise.all(
      ['optimizer', 'model'].map((name) =>
        Promise.all(folders.map((folder) => tensorsIn(folder, 'checkpoint-3', `${name}.safetensors`))),
      ),
    );
    expect(states[1]).toEqual(states[0]);
    for (const name of pooler) expect(weights[1].delete(name)).toBe(true);
    expect(weights[1]).toEqual(weights[0]);
  });

  test('are never fed to the engine', async () => {
    const fed = new Set<string>();
    const ran = (feeds: Feeds) => {
      for (const name of Object.keys(feeds)) fed.add(name);
    };
    const backend = observedBackend(nodeBackend(), { ran });
    await runIn(await newFolder(), { max_steps: 1 }, { task: withPooler(), backend });
    expect(fed).toContain(fc1);
    expect([...fed].filter((name) => name.includes('pooler'))).toEqual([]);
  });

  test('are refused in a checkpoint that lacks them', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 2 }, { task: { ...withPooler(), parameters: plain.parameters } });
    await expect(runIn(folder, { max_steps: 4 }, { task: withPooler(), resume: true })).rejects.toThrow(
      /checkpoint-2.*2 missing \(pooler.dense.weight, pooler.dense.bias\)/,
    );
  });
});

test('a loss that reads a parameter which the model does not have, or in another shape, is refused', async () => {
  const loss = (root: Scope) => {
    root.parameter('stranger', [2], normal(0, 1));
    return plain.loss(root);
  };
  const parameters = new Map(plain.parameters);
  const own = parameters.get(fc1) ?? expect.fail();
  parameters.set(fc1, { ...own, shape: [32, 8] });
  const run = runIn(await newFolder(), {}, { task: { ...plain, loss, parameters } });
  await expect(run).rejects.toThrow(InputError);
  await expect(run).rejects.toThrow(
    'train: parameters of the model:\n' +
      '  expected stranger [2], which the loss reads, got none\n' +
      `  expected ${fc1} [32, 16], which the loss reads, got [32, 8]`,
  );
});

test('frozen parameters must exist', async () => {
  const run = runIn(await newFolder(), {}, { task: { ...plain, frozen: new Set(['model.encoder.layer.0', fc1]) } });
  await expect(run).rejects.toThrow(new InputError('train: expected parameters to freeze, got model.encoder.layer.0'));
});

/** A store of weights that notes what is read. */
function storeOf(weights: ReadonlyMap<string, Float32Array>, origins: Readonly<Record<string, WeightOrigin>> = {}) {
  const reads: string[] = [];
  let open = 0;
  const store: WeightStore = {
    names: [...new Set([...weights.keys(), ...Object.keys(origins)])],
    origin: (name) => origins[name] ?? 'file',
    async read(name) {
      expect(++open).toBe(1);
      reads.push(name);
      await Promise.resolve();
      open--;
      return weights.get(name) ?? expect.fail(name);
    },
  };
  return { store, reads };
}

/** Other values than the seed’s. */
const givenWeights = (task: TrainingTask) =>
  new Map([...task.parameters.keys()].map((name) => [name, drawn(task, name, 99)]));

/** At a rate of 0 the weights stay those of the start. */
const still = { max_steps: 1, learning_rate: 0, weight_decay: 0 };

describe('a run starts', () => {
  test('from the weights given, each read once and one at a time, and draws those that are new or not given', async () => {
    const task = withPooler();
    const given = givenWeights(task);
    given.delete('pooler.dense.bias');
    const { store, reads } = storeOf(given, { [fc1]: 'new' });
    const folder = await newFolder();
    await runIn(folder, still, { task: { ...task, start: store } });
    const found = await tensorsIn(folder, 'model.safetensors');
    for (const name of task.parameters.keys()) {
      const isDrawn = name === fc1 || name === 'pooler.dense.bias';
      expect([name, found.get(name)]).toEqual([name, isDrawn ? drawn(task, name) : given.get(name)]);
    }
    expect(reads.sort()).toEqual([...given.keys()].filter((name) => name !== fc1).sort());
  });

  test('from its checkpoint when it is resumed: the weights given are not read', async () => {
    const folder = await newFolder();
    const task = withPooler();
    await runIn(folder, { max_steps: 2 }, { task: { ...task, start: storeOf(givenWeights(task)).store } });
    const store = storeOf(givenWeights(task));
    await runIn(folder, { max_steps: 3 }, { task: { ...task, start: store.store }, resume: true });
    expect(store.reads).toEqual([]);
    const whole = await newFolder();
    await runIn(whole, { max_steps: 3 }, { task: { ...task, start: storeOf(givenWeights(task)).store } });
    const [a, b] = await Promise.all([folder, whole].map((path) => readFile(join(path, 'model.safetensors'))));
    expect(a.equals(b)).toBe(true);
  });

  test('with the same bytes when the weights given are those of the seed', async () => {
    const weights = new Map([...plain.parameters.keys()].map((name) => [name, drawn(plain, name)]));
    const folders = [await newFolder(), await newFolder()];
    await runIn(folders[0], { max_steps: 3 });
    await runIn(folders[1], { max_steps: 3 }, { task: { ...plain, start: storeOf(weights).store } });
    const [a, b] = await Promise.all(folders.map((path) => readFile(join(path, 'model.safetensors'))));
    expect(b.equals(a)).toBe(true);
  });

  test('not from weights of another model; every difference is listed', async () => {
    const given = new Map(givenWeights(plain)).set('stranger', new Float32Array(2)).set(fc1, new Float32Array(3));
    const folder = await newFolder();
    const run = runIn(folder, still, { task: { ...plain, start: storeOf(given).store } });
    await expect(run).rejects.toThrow(InputError);
    await expect(run).rejects.toThrow(
      /^weights to start from:\n {2}expected 512 numbers for model\.encoder\.layers\.0\.fc1\.weight, got 3\n {2}expected no stranger, got one$/,
    );
  });
});

test('frozen parameters keep the values they start with, also after a resume', async () => {
  const frozen = new Set([fc1, 'model.shared.weight']);
  const task = { ...plain, frozen };
  const given = givenWeights(task);
  const folder = await newFolder();
  await runIn(folder, { max_steps: 2 }, { task: { ...task, start: storeOf(given).store } });
  await runIn(folder, { max_steps: 4 }, { task, resume: true });
  const [weights, state] = await Promise.all(
    ['model', 'optimizer'].map((name) => tensorsIn(folder, 'checkpoint-4', `${name}.safetensors`)),
  );
  for (const name of frozen) {
    expect(weights.get(name)).toEqual(given.get(name));
    expect(state.get(`state/exp_avg/${name}`)).toBeUndefined();
  }
  expect(weights.get('model.encoder.layers.0.fc2.weight')).not.toEqual(given.get('model.encoder.layers.0.fc2.weight'));
});
