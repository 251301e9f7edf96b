import { readFileSync, statSync } from 'node:fs';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { bindingBackend } from '../../../src/runtime/node/binding.ts';
import { capiBackend } from '../../../src/runtime/node/capi.ts';
import type { TrainArguments } from '../../../src/train/arguments.ts';
import { freshState } from '../../../src/train/run/trainer-state.ts';
import { parseSafetensors, writeSafetensors } from '../../../src/weights/safetensors.ts';
import {
  checkpointDigests,
  fileDigest,
  filesIn,
  logLines,
  newFolder,
  type RunOptions,
  removeFolders,
  runIn,
  sequencePairs,
  sequenceTask,
  tinyModel,
} from '../sequence-task.ts';

afterAll(removeFolders);

/** The steps that the log tells now. */
const readLog = (folder: string): number[] =>
  readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).step);

const cases: [string, Partial<TrainArguments>, RunOptions][] = [
  ['with dropout, clipping and weight decay', {}, {}],
  ['with two micro-batches an update', { gradient_accumulation_steps: 2 }, {}],
  ['without clipping', { max_grad_norm: 0, optim: 'adam' }, {}],
  ['with SGD, which has no state', { optim: 'sgd', learning_rate: 0.1 }, {}],
  ['over epochs of three batches', {}, { task: sequenceTask({ pairs: sequencePairs(24) }) }],
  ['by the engine’s own binding', { gradient_accumulation_steps: 2 }, { backend: bindingBackend() }],
];

describe('three updates, a checkpoint and three more end with the bytes of six updates', () => {
  test.each(cases)('%s', async (_, changes, options) => {
    const given = { backend: capiBackend(), ...options };
    const [whole, parts] = [await newFolder(), await newFolder()];
    await runIn(whole, { ...changes, max_steps: 6, save_steps: 3 }, given);
    await runIn(parts, { ...changes, max_steps: 3, save_steps: 3 }, given);
    const { state } = await runIn(parts, { ...changes, max_steps: 6, save_steps: 3 }, { ...given, resume: true });
    expect(state.global_step).toBe(6);
    for (const step of [3, 6]) {
      expect(await checkpointDigests(parts, step)).toEqual(await checkpointDigests(whole, step));
    }
    const root = (folder: string) => fileDigest(join(folder, 'model.safetensors'));
    expect(await root(parts)).toEqual(await root(whole));
    expect((await checkpointDigests(whole, 3))[0]).not.toEqual((await checkpointDigests(whole, 6))[0]);
  });
});

describe('a resumed run', () => {
  test('logs every step once, with the numbers of an uninterrupted one', async () => {
    const changes = { logging_steps: 4, save_steps: 3, eval_steps: 5, max_steps: 10 };
    const task = sequenceTask({ validation: sequencePairs(16, undefined, 2) });
    const [whole, parts] = [await newFolder(), await newFolder()];
    await runIn(whole, changes, { task });
    const stopped = { updated: (step: number) => step === 8 && stop() };
    const stop = () => {
      throw new Error('interrupted');
    };
    await expect(runIn(parts, changes, { task, listener: stopped })).rejects.toThrow('interrupted');
    await runIn(parts, changes, { task, resume: true });
    const timeless = (entries: Awaited<ReturnType<typeof logLines>>) =>
      entries.map(({ tokens_per_second: _, ...entry }) => entry);
    expect(timeless(await logLines(parts))).toEqual(timeless(await logLines(whole)));
    expect((await logLines(parts)).map(({ step }) => step)).toEqual([4, 5, 8, 10, 10]);
  });

  test('appends to metrics.jsonl as entries arrive, and never rewrites it', async () => {
    const folder = await newFolder();
    const found: [number, number, boolean][] = [];
    let first: number | undefined;
    const updated = (step: number) => {
      const { ino } = statSync(join(folder, 'metrics.jsonl'));
      first ??= ino;
      const text = readFileSync(join(folder, 'metrics.jsonl'), 'utf8');
      found.push([step, text.split('\n').length - 1, ino === first]);
    };
    await runIn(folder, { max_steps: 4, save_steps: 2 }, { listener: { updated } });
    expect(found).toEqual([1, 2, 3, 4].map((step) => [step, step - 1, true]));
    expect(statSync(join(folder, 'metrics.jsonl')).ino).toBe(first);
  });

  test('drops half a last line from metrics.jsonl, and the updates that it repeats', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 4, save_steps: 2 });
    await rm(join(folder, 'checkpoint-4'), { recursive: true });
    await appendFile(join(folder, 'metrics.jsonl'), '{"step":5,"epoch":0.2,"lo');
    const logs: number[][] = [];
    const updated = () => void logs.push(readLog(folder));
    await runIn(folder, { max_steps: 4, save_steps: 2 }, { resume: true, listener: { updated } });
    expect(logs).toEqual([
      [1, 2],
      [1, 2, 3],
    ]);
    expect((await logLines(folder)).map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });

  test('includes its former end in the last checkpoints to average', async () => {
    const folder = await newFolder();
    const changes = { save_steps: 4, average_last: 3, save_total_limit: 3 };
    await runIn(folder, { ...changes, max_steps: 6 });
    await runIn(folder, { ...changes, max_steps: 8 }, { resume: true });
    const at = async (path: string) => {
      const file = join(folder, path, 'model.safetensors');
      return [...parseSafetensors(await readFile(file), file).tensors].map(([, { data }]) => data as Float32Array);
    };
    const parts = await Promise.all([4, 6, 8].map((step) => at(`checkpoint-${step}`)));
    const mean = await at('');
    for (const [i, data] of mean.entries()) {
      const wanted = data.map((_, j) => parts.reduce((sum, part) => sum + part[i][j], 0) / 3);
      expect(data).toEqual(wanted);
    }
  });

  test('without a checkpoint starts at 0', async () => {
    const folder = await newFolder();
    const { state } = await runIn(folder, { max_steps: 2 }, { resume: true });
    expect(state.global_step).toBe(2);
    expect((await logLines(folder)).map(({ step }) => step)).toEqual([1, 2]);
  });

  test('continues from the newest checkpoint, by number and not by name', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 10, save_steps: 1, save_total_limit: 3 });
    const steps: number[] = [];
    const listener = { updated: (step: number) => void steps.push(step) };
    await runIn(folder, { max_steps: 12, save_steps: 1 }, { resume: true, listener });
    expect(steps).toEqual([11, 12]);
  });

  test('of a finished training makes no update and leaves the files as they were', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 3, save_steps: 2 });
    const before = await Promise.all(
      (await filesIn(folder)).filter((name) => name.includes('.')).map((name) => fileDigest(join(folder, name))),
    );
    await runIn(folder, { max_steps: 3, save_steps: 2 }, { resume: true, listener: { updated: () => expect.fail() } });
    const after = await Promise.all(
      (await filesIn(folder)).filter((name) => name.includes('.')).map((name) => fileDigest(join(folder, name))),
    );
    expect(after).toEqual(before);
  });

  test('that should end earlier than it already is is refused', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 2 });
    await expect(runIn(folder, { max_steps: 1 }, { resume: true })).rejects.toThrow(
      'train.max_steps: expected at least 2, the updates already made, got 1',
    );
  });

  test('with other data is refused', async () => {
    const folder = await newFolder();
    const of = (dataDigest: string) => ({ task: { ...sequenceTask(), dataDigest } });
    await runIn(folder, { max_steps: 2 }, of('one'));
    const resumed = runIn(folder, { max_steps: 4 }, { ...of('another'), resume: true });
    await expect(resumed).rejects.toThrow(InputError);
    await expect(resumed).rejects.toThrow(/checkpoint-2: a resumed training needs the data it began with/);
  });

  test('with another model or optimizer is refused, with every difference listed', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 2 });
    const wider = { task: sequenceTask({ model: tinyModel({ encoder_ffn_dim: 8 }) }), resume: true };
    await expect(runIn(folder, { max_steps: 4 }, wider)).rejects.toThrow(
      /checkpoint-2\/model\.safetensors: 3 wrong shape \(model\.encoder\.layers\.0\.fc1\.weight \[32, 16\], expected \[8, 16\], /,
    );
    const square = join(folder, 'checkpoint-2/model.safetensors');
    const { tensors } = parseSafetensors(await readFile(square), square);
    const turned = [...tensors].map(
      ([name, { dtype, shape, data }]) => [name, { dtype, shape: shape.toReversed(), data }] as const,
    );
    await writeFile(square, writeSafetensors(new Map(turned)));
    await expect(runIn(folder, { max_steps: 4 }, { resume: true })).rejects.toThrow(
      / wrong shape \(.*model\.encoder\.layers\.0\.fc1\.weight \[16, 32\], expected \[32, 16\], /,
    );
    await rm(join(folder, 'checkpoint-2'), { recursive: true });
    await runIn(folder, { max_steps: 2, optim: 'sgd' }, { resume: true });
    await expect(runIn(folder, { max_steps: 4 }, { resume: true })).rejects.toThrow(
      /checkpoint-2\/optimizer\.safetensors:\n {2}expected state\/exp_avg\/model\.shared\.weight \[11, 16\], got none\n/,
    );
    await rm(join(folder, 'checkpoint-2'), { recursive: true });
    await runIn(folder, { max_steps: 2 }, { resume: true });
    await expect(runIn(folder, { max_steps: 4, optim: 'sgd' }, { resume: true })).rejects.toThrow(
      /checkpoint-2\/optimizer\.safetensors:\n {2}expected no state\/exp_avg\/\S+, got one\n/,
    );
  });

  test.each([
    [
      'a state that is no state',
      'trainer_state.json',
      '{"global_step": -1}',
      /trainer_state\.json:\n {2}global_step: expected a number/,
    ],
    [
      'the state of another step',
      'trainer_state.json',
      JSON.stringify({ ...freshState(), global_step: 7 }),
      /checkpoint-2\/trainer_state\.json: expected global_step 2, got 7/,
    ],
    ['a torn state', 'trainer_state.json', '{"global_', /trainer_state\.json/],
    ['torn weights', 'model.safetensors', 'abc', /model\.safetensors/],
    ['a torn optimizer', 'optimizer.safetensors', '', /optimizer\.safetensors/],
  ])('from a checkpoint with %s is refused, and the file named', async (_, name, content, message) => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 2 });
    await writeFile(join(folder, 'checkpoint-2', name), content);
    const resumed = runIn(folder, { max_steps: 4 }, { resume: true });
    await expect(resumed).rejects.toThrow(InputError);
    await expect(resumed).rejects.toThrow(message);
  });

  test('from a checkpoint without a file is refused, and the file named', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 2 });
    await rm(join(folder, 'checkpoint-2/optimizer.safetensors'));
    const resumed = runIn(folder, { max_steps: 4 }, { resume: true });
    await expect(resumed).rejects.toThrow(/optimizer\.safetensors: no such file/);
  });

  test('removes what a killed process left half-written', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 2 });
    const before = await filesIn(folder);
    await mkdir(join(folder, '.checkpoint-4.0123456789ab.tmp'));
    await writeFile(join(folder, '.checkpoint-4.0123456789ab.tmp/model.safetensors'), 'half');
    await writeFile(join(folder, '.config.json.0123456789ab.tmp'), '{');
    await runIn(folder, { max_steps: 2 }, { resume: true });
    expect(await filesIn(folder)).toEqual(before);
  });
});
