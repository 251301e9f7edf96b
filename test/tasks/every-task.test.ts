/** What must hold of every task, whatever it learns. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diskFolder } from '../../src/io/disk-folder.ts';
import { folderTask } from '../../src/tasks/folder/folder-task.ts';
import { pipeline } from '../../src/tasks/index.ts';
import { pipelineTasks } from '../../src/tasks/pipeline.ts';
import { taskNames, untrainedTasks } from '../../src/tasks/task-list.ts';
import { writeAttentionPage } from '../../src/tasks/verbs/attention-file.ts';
import { evaluateFiles } from '../../src/tasks/verbs/evaluate.ts';
import { modelInfo } from '../../src/tasks/verbs/info.ts';
import { predictLines } from '../../src/tasks/verbs/predict.ts';
import type { TrainResult } from '../../src/tasks/verbs/train-recipe.ts';
import { readTensors } from '../models/golden.ts';
import { fileDigest } from '../train/sequence-task.ts';
import { SmallRun } from './small-run.ts';
import { callOf, inputsOf, resultsOf, taskSamples } from './task-sample.ts';

/** Numbers may differ by what a sum of another order gives. */
const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toFixed(4)) : value);

test('every task has a sample here, and a pipeline', () => {
  expect(taskSamples.map(({ task }) => task).sort()).toEqual([...taskNames].sort());
  expect([...pipelineTasks].sort()).toEqual([...taskNames, ...Object.keys(untrainedTasks)].sort());
});

describe.each(taskSamples)('$task', (sample) => {
  let run: SmallRun;
  let whole: TrainResult;
  beforeAll(async () => {
    run = await SmallRun.make(sample);
    whole = await run.train('whole');
  });
  afterAll(() => run.remove());

  const weights = (out: string) => fileDigest(run.at(out, 'model.safetensors'));
  const timeless = (metrics: TrainResult['metrics']) =>
    Object.fromEntries(Object.entries(metrics).filter(([name]) => !name.endsWith('_runtime')));

  async function contents(path: string): Promise<Map<string, string>> {
    const entries = await readdir(run.at(path), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
    return new Map(await Promise.all(files.sort().map(async (file) => [file, await fileDigest(file)] as const)));
  }

  async function predicted(lines: readonly string[], json = false): Promise<{ out: string[]; notes: string[] }> {
    let text = '';
    const notes: string[] = [];
    await predictLines(run.at('whole'), {
      json,
      settings: [],
      stdin: Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]),
      print: async (more) => void (text += more),
      note: (line) => void notes.push(line),
    });
    return { out: text.split('\n').slice(0, -1), notes };
  }

  test('leaves a model folder, scored on the validation set and the test set', async () => {
    const files = await readdir(run.at('whole'));
    const wanted = ['README.md', 'checkpoint-3', 'checkpoint-6', 'config.json', 'eval_results.json', 'heddle.json'];
    const { reader = 'tokenizer.json' } = sample;
    for (const file of [...wanted, 'metrics.jsonl', 'model.safetensors', reader, 'trainer_state.json']) {
      expect(files).toContain(file);
    }
    expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([]);
    expect(await run.json('whole', 'eval_results.json')).toEqual(whole.metrics);
    // The best weights are kept, and scored again.
    const losses = whole.state.log_history.flatMap(({ eval_loss }) =>
      typeof eval_loss === 'number' ? [eval_loss] : [],
    );
    expect(losses).toHaveLength(2);
    expect(whole.metrics.eval_loss).toBeCloseTo(Math.min(...losses), 6);
    const { data, parameters, ...made } = await run.json('whole', 'heddle.json');
    expect(made).toEqual({
      task: sample.task,
      recipe: JSON.parse(JSON.stringify(run.recipe())),
      metrics: whole.metrics,
    });
    expect([data.validation, data.test]).toEqual([whole.metrics.eval_samples, whole.metrics.test_samples]);
    const { task, num_parameters } = await modelInfo(diskFolder(run.at('whole')));
    expect(task).toBe(sample.task);
    expect(num_parameters).toBe(sample.parameters);
    expect(parameters).toBe(num_parameters);
  });

  test('leaves a model card with its data, scores and recipe', async () => {
    const card = await readFile(run.at('whole/README.md'), 'utf8');
    const { model_type: type } = await modelInfo(diskFolder(run.at('whole')));
    const library = /^(transformer|recurrent)_/.test(type) ? 'heddle' : 'transformers';
    expect(card).toMatch(new RegExp(`^---\nlibrary_name: ${library}\npipeline_tag: ${sample.task}\n`));
    expect(card).toMatch(/\n\| train \| \d+ \|\n/);
    for (const [name, value] of Object.entries(whole.metrics)) {
      if (typeof value === 'number' && !/_(runtime|samples)$/.test(name)) {
        expect(card).toContain(`| \`${name}\` | ${Number(value.toPrecision(5))} |`);
      }
    }
    expect(card).toContain(`\ntask: ${sample.task}\n`);
  });

  test('weight decay moves matrices and tables, and no bias and no norm', async () => {
    const once = ['train.max_steps=1', 'train.lr_scheduler_type=constant', 'train.warmup_steps=null'];
    const trained = async (out: string, decay: number) => {
      await run.train(out, [...once, `train.weight_decay=${decay}`]);
      return readTensors(diskFolder(run.at(out)), 'model.safetensors');
    };
    const [without, decayed] = [await trained('undecayed', 0), await trained('decayed', 0.5)];
    const moved = [...without].filter(([name, { data }]) => !isDeepStrictEqual(data, decayed.get(name)?.data));
    const matrices = [...without].filter(([, { shape }]) => shape.length > 1).map(([name]) => name);
    const still = ['final_logits_bias', ...(sample.untrained ?? [])];
    expect(moved.map(([name]) => name)).toEqual(matrices.filter((name) => !still.includes(name)));
    const vectors = [...without.keys()].filter((name) => !matrices.includes(name));
    expect(vectors.filter((name) => !/bias|norm|start_transitions|end_transitions/i.test(name))).toEqual([]);
  });

  test('gives the same bytes again, also after an interruption', async () => {
    const stop = (step: number) => {
      if (step === 5) throw new Error('interrupted');
    };
    await expect(run.train('stopped', [], { listener: { updated: stop } })).rejects.toThrow('interrupted');
    expect((await run.json('stopped', 'heddle.json')).metrics).toBeUndefined();
    const { metrics } = await run.train('stopped', [], { resume: true });
    expect(timeless(metrics)).toEqual(timeless(whole.metrics));
    for (const path of ['', 'checkpoint-6/']) {
      expect(await weights(`stopped/${path}`)).toBe(await weights(`whole/${path}`));
    }
    const optimizer = (out: string) => fileDigest(run.at(out, 'checkpoint-6/optimizer.safetensors'));
    expect(await optimizer('stopped')).toBe(await optimizer('whole'));
  });

  test('changes nothing when it is resumed after its end', async () => {
    const before = await contents('whole');
    const messages: string[] = [];
    const say = (message: string) => void messages.push(message);
    const result = await run.train('whole', [], { resume: true, say, listener: { started: () => expect.fail() } });
    expect(result).toEqual(whole);
    expect(messages).toEqual([expect.stringMatching(/whole: this run is finished \(6 updates\)$/)]);
    expect(await contents('whole')).toEqual(before);
  });

  test('refuses to continue with other values or other data', async () => {
    const other = run.train('whole', ['train.learning_rate=1'], { resume: true });
    await expect(other).rejects.toThrow(/train\.learning_rate was [\d.e-]+, got 1$/);
    const [name, content] = sample.changed;
    for (const [file, before] of Object.entries({ ...sample.files, ...sample.binaries })) {
      await run.write(`moved/${file}`, file === name ? content : before);
    }
    const moved = [`data.root=${run.at('moved')}`, 'train.max_steps=6', 'train.logging_steps=1'];
    await rm(run.at('whole/model.safetensors'));
    await expect(run.train('whole', moved, { resume: true })).rejects.toThrow(/needs the data it began with/);
    await run.train('whole', [], { resume: true });
    expect(await weights('whole')).toBe(await weights('stopped'));
  });

  test('is replaced with overwrite, its owner’s files stay', async () => {
    await run.train('twice', ['train.max_steps=3']);
    await writeFile(run.at('twice/notes.txt'), 'mine');
    await expect(run.train('twice')).rejects.toThrow(/--overwrite replaces it/);
    await run.train('twice', ['train.max_steps=2', 'train.save_steps=2'], { overwrite: true });
    const files = await readdir(run.at('twice'));
    expect(files).toEqual(expect.arrayContaining(['checkpoint-2', 'notes.txt']));
    expect(files).not.toContain('checkpoint-3');
  });

  test('trains without validation and test sets', async () => {
    const { metrics, state } = await run.train('alone', [...run.unvalidated, 'data.test=null', 'train.max_steps=1']);
    expect(Object.keys(metrics)).toEqual(['train_runtime']);
    expect(state.best_step).toBeNull();
  });

  test('is known by its folder, with heddle.json and without', async () => {
    expect(await folderTask(diskFolder(run.at('whole')))).toBe(sample.task);
    await run.write('bare/config.json', await readFile(run.at('whole/config.json')));
    expect(await folderTask(diskFolder(run.at('bare')))).toBe(sample.taskOfClass ?? sample.task);
  });

  test('scores files as it scored the test set', async () => {
    const data = sample.test.map((file) => run.at('data', file));
    const { metrics, notes } = await evaluateFiles(run.at('whole'), { data, settings: [] });
    expect(notes).toEqual([]);
    const shared = Object.entries(timeless(metrics)).filter(([name]) => name.replace(/^eval/, 'test') in whole.metrics);
    expect(shared.length).toBeGreaterThan(3);
    for (const [name, value] of shared) {
      const before = whole.metrics[name.replace(/^eval/, 'test')];
      if (typeof value === 'number') expect(value, name).toBeCloseTo(Number(before), 5);
      else expect(value, name).toBe(before);
    }
  });

  test('writes one line per line, blank for blank, in plain text and in JSON', async () => {
    const [first, second] = sample.lines;
    const { out } = await predicted([first, '', second, '  ']);
    expect(out).toHaveLength(4);
    expect([out[1], out[3]]).toEqual(['', '']);
    expect((await predicted([second])).out).toEqual([out[2]]);
    const { out: objects } = await predicted([first, '', second, '  '], true);
    expect(objects).toHaveLength(4);
    for (const line of objects) expect(typeof JSON.parse(line)).toBe('object');
  });

  test.skipIf(sample.longNotes === null)(
    'says which line has more tokens than positions, and what becomes of it',
    async () => {
      const long = `${sample.lines[0]} `.repeat(40);
      const { out, notes } = await predicted([sample.lines[0], long]);
      expect(out).toHaveLength(2);
      const { longNotes = ["stdin:2: cut to 64 tokens, the model's max_position_embeddings"] } = sample;
      expect(notes).toEqual(longNotes);
    },
  );

  test('shows where it looked, in tokens and in words, or says why it cannot', async () => {
    const [page, weights] = [run.at('page.html'), run.at('weights.safetensors')];
    const { image } = sample;
    const read = image === undefined ? { texts: [sample.lines[0]] } : { image: run.at('data', image) };
    for (const words of [false, true]) {
      const shown = writeAttentionPage(run.at('whole'), page, { ...read, words, weights });
      const wordless =
        image !== undefined && words ? /--words: not used by a classifier of images; remove it/ : undefined;
      const refused = sample.seesNothing ?? wordless;
      if (refused) {
        await expect(shown).rejects.toThrow(refused);
        continue;
      }
      await shown;
      const text = await readFile(page, 'utf8');
      expect(text).toContain('<h3>');
      expect(text.includes('of its pieces')).toBe(words);
      expect(await readFile(weights, 'latin1')).toContain(image === undefined ? 'texts.0.' : 'images.0.');
    }
  });

  test('takes an option of tokenizers in every verb if it has one, and refuses it otherwise', async () => {
    const { image, lines, reader = 'tokenizer.json' } = sample;
    const [model, allow_unsafe_patterns] = [run.at('whole'), true];
    const read = image === undefined ? { texts: lines.slice(0, 1) } : { image: run.at('data', image) };
    const stdin = Readable.from([Buffer.from(`${lines[0]}\n`)]);
    const data = sample.test.map((file) => run.at('data', file));
    const silent = { print: async () => undefined, note: () => undefined };
    const verbs: Readonly<Record<string, () => Promise<unknown>>> = {
      predict: () => predictLines(model, { json: false, settings: [], stdin, ...silent, allow_unsafe_patterns }),
      evaluate: () => evaluateFiles(model, { data, settings: [], allow_unsafe_patterns }),
      inspect: () => writeAttentionPage(model, run.at('unsafe.html'), { ...read, allow_unsafe_patterns }),
      info: () => modelInfo(diskFolder(model), { allow_unsafe_patterns }),
      pipeline: async () => (await pipeline(sample.task, model, { allow_unsafe_patterns })).dispose(),
    };
    const expected = reader === 'tokenizer.json' ? /^taken$/ : /allow.unsafe.patterns: not used by .*; remove it$/;
    for (const [verb, call] of Object.entries(verbs)) {
      const said = await call().then(
        () => 'taken',
        (error: Error) => error.message,
      );
      expect([verb, said]).toEqual([verb, expect.stringMatching(expected)]);
    }
  });

  test('has a pipeline whose results depend on the input, and not on the other inputs', async () => {
    const use = await pipeline(sample.task, run.at('whole'));
    const call = async (given: readonly unknown[], options: object) => resultsOf(await callOf(use)(given, options));
    const inputs = inputsOf(sample);
    const all = await call(inputs, sample.options);
    expect(all.length).toBe(inputs.length);
    const [alone] = await call([inputs[1]], sample.options);
    expect(JSON.stringify(alone, rounded).slice(0, 20)).toBe(JSON.stringify(all[1], rounded).slice(0, 20));
    const answers = new Set(all.map((result) => JSON.stringify(result, rounded)));
    if (sample.writesTheSame) expect(answers.size).toBe(1);
    else expect(JSON.stringify(all[0], rounded)).not.toBe(JSON.stringify(all[1], rounded));
    await use.dispose();
  });
});
