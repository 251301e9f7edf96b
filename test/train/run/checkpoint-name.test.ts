/** A family whose files bear other names than its parameters: rules hold wherever a run reads or writes weights. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainArguments } from '../../../src/train/arguments.ts';
import type { TrainingTask } from '../../../src/train/training.ts';
import { legacyLayerNorm, type NameRule } from '../../../src/weights/name-rule.ts';
import { parseSafetensors, writeSafetensors } from '../../../src/weights/safetensors.ts';
import { float32Tensor, type Tensor } from '../../../src/weights/tensor.ts';
import {
  checkpointDigests,
  fileDigest,
  newFolder,
  removeFolders,
  runIn,
  sequenceTask,
  tinyModel,
} from '../sequence-task.ts';

afterAll(removeFolders);

/** Old names, matrices the other way round, and a prefix that parameters do not have. */
const rules: readonly NameRule[] = [
  ...legacyLayerNorm,
  { file: '**.fc1.kernel', model: '**.fc1.weight', isTransposed: true },
  { file: 'base.**', model: 'model.**' },
];
const model = tinyModel();
const setup = { ...model, checkpoint: { ...model.checkpoint, rules } };
const task = (changes: Partial<TrainingTask> = {}): TrainingTask => ({ ...sequenceTask({ model: setup }), ...changes });
const changes: Partial<TrainArguments> = { max_steps: 6, save_steps: 3, eval_steps: 3 };

const read = async (folder: string): Promise<ReadonlyMap<string, Tensor>> => {
  const path = join(folder, 'model.safetensors');
  return parseSafetensors(new Uint8Array(await readFile(path)), path).tensors;
};

/** Gives LayerNorm's tensors of a model folder the names that old files have. */
async function makeOld(folder: string): Promise<void> {
  const old = [...(await read(folder))].map(([name, tensor]) => {
    const isNorm = name.includes('layer_norm');
    return [isNorm ? name.replace(/weight$/, 'gamma').replace(/bias$/, 'beta') : name, tensor] as const;
  });
  expect(old.filter(([name]) => name.endsWith('gamma'))).toHaveLength(5);
  await writeFile(join(folder, 'model.safetensors'), writeSafetensors(new Map(old)));
}

/** Scores that have the evaluation at one update as the best. */
const bestAt = (step: number) => {
  let evaluations = 0;
  return async () => ({ eval_loss: ++evaluations * changes.eval_steps! === step ? 1 : 2 });
};

describe('a run of a family with name rules', () => {
  let whole: string;
  beforeAll(async () => {
    whole = await newFolder();
    await runIn(whole, changes, { task: task() });
  });

  test('writes the files’ names, and never old ones', async () => {
    for (const folder of ['', 'checkpoint-3']) {
      const names = [...(await read(join(whole, folder))).keys()];
      expect(names).toContain('base.encoder.layers.0.fc1.kernel');
      expect(names).toContain('base.encoder.layers.0.self_attn_layer_norm.weight');
      expect(names.filter((name) => /gamma|beta|^model\./.test(name))).toEqual([]);
    }
    const plain = await newFolder();
    await runIn(plain, changes);
    const [ours, theirs] = [await read(whole), await read(plain)];
    expect(ours.size).toBe(theirs.size);
    const [kernel, weight] = [
      ours.get('base.encoder.layers.0.fc1.kernel'),
      theirs.get('model.encoder.layers.0.fc1.weight'),
    ];
    expect(kernel?.shape).toEqual(weight?.shape.toReversed());
    expect(kernel?.data[1]).toBe(weight?.data[16]);
  });

  test('resumes from a checkpoint with old names, to the bytes of an uninterrupted run', async () => {
    const folder = await newFolder();
    await runIn(folder, { ...changes, max_steps: 3 }, { task: task() });
    await makeOld(join(folder, 'checkpoint-3'));
    await runIn(folder, changes, { task: task(), resume: true });
    expect(await checkpointDigests(folder, 6)).toEqual(await checkpointDigests(whole, 6));
    expect(await fileDigest(join(folder, 'model.safetensors'))).toBe(
      await fileDigest(join(whole, 'model.safetensors')),
    );
  });

  test('ends with its best checkpoint, old names or not, under today’s names', async () => {
    const folder = await newFolder();
    await runIn(folder, { ...changes, max_steps: 3 }, { task: task({ evaluate: bestAt(3) }) });
    await makeOld(join(folder, 'checkpoint-3'));
    const { state, weights } = await runIn(folder, changes, { task: task({ evaluate: bestAt(0) }), resume: true });
    expect(state.best_step).toBe(3);
    expect([...weights.keys()]).toContain('model.encoder.layers.0.fc1.weight');
    expect(await fileDigest(join(folder, 'model.safetensors'))).toBe(
      await fileDigest(join(whole, 'checkpoint-3/model.safetensors')),
    );
  });

  test('averages checkpoints of old and of today’s names', async () => {
    const averaged = { ...changes, average_last: 2 };
    const [folder, wanted] = [await newFolder(), await newFolder()];
    await runIn(wanted, averaged, { task: task() });
    await runIn(folder, { ...averaged, max_steps: 3 }, { task: task() });
    await makeOld(join(folder, 'checkpoint-3'));
    await runIn(folder, averaged, { task: task(), resume: true });
    expect(await fileDigest(join(folder, 'model.safetensors'))).toBe(
      await fileDigest(join(wanted, 'model.safetensors')),
    );
  });

  test('refuses to continue from weights that are not its own', async () => {
    const folder = await newFolder();
    await runIn(folder, { ...changes, max_steps: 3 }, { task: task() });
    const path = join(folder, 'checkpoint-3');
    const more = new Map([...(await read(path)), ['base.extra', float32Tensor([1], Float32Array.of(1))]]);
    await writeFile(join(path, 'model.safetensors'), writeSafetensors(more));
    await expect(runIn(folder, changes, { task: task(), resume: true })).rejects.toThrow(
      /checkpoint \S+checkpoint-3\/model\.safetensors: 1 unexpected \(base\.extra\)$/,
    );
  });
});
