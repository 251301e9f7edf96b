/** Batches whose lengths are padded to multiples: what they count, what they leave as it is, and where they are refused. */
import { afterAll, describe, expect, test } from 'vitest';
import { diskFolder } from '../../src/io/disk-folder.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { parseRecipe } from '../../src/tasks/recipe/recipe.ts';
import { taskRow } from '../../src/tasks/task-list.ts';
import { readTensors } from '../models/golden.ts';
import { imageSample } from './image-sample.ts';
import { maskedSample } from './masked-sample.ts';
import { questionSample } from './question-sample.ts';
import { runningSample } from './running-sample.ts';
import { SmallRun } from './small-run.ts';
import { dateSample, entitySample, feelingSample, type TaskSample, togetherSample } from './task-sample.ts';

const runs: SmallRun[] = [];
afterAll(async () => {
  for (const run of runs) await run.remove();
});

async function runOf(sample: TaskSample): Promise<SmallRun> {
  const run = await SmallRun.make(sample);
  runs.push(run);
  return run;
}

/** An engine for which every new shape is costly. */
const shapedEngine = (): Backend => ({ ...nodeBackend(), habits: new Set(['preparesShapes']) });

/** A sample of every kind of batches. */
const padded = [dateSample, feelingSample, entitySample, maskedSample, togetherSample, questionSample];

/** Sums in another order. */
const tolerance = 1e-5;

const undropped: Readonly<Record<string, readonly string[]>> = {
  bert: ['hidden_dropout_prob', 'attention_probs_dropout_prob'],
};

/** All samples in one batch, one update that is linear in the gradient, and no randomness. */
function inOneBatch({ recipe, task }: TaskSample): string[] {
  const [, type = ''] = /model_type: (\w+)/.exec(recipe) ?? [];
  const dropouts = (undropped[type] ?? ['dropout']).map((name) => `model.${name}=0`);
  const head = /^(text|token)-classification$/.test(task) ? ['model.classifier_dropout=0'] : [];
  const words = task === 'token-classification' ? ['train.word_dropout=0'] : [];
  const one = ['max_steps=1', 'eval_steps=1', 'save_steps=1', 'warmup_steps=null', 'lr_scheduler_type=constant'];
  const plain = ['optim=sgd', 'learning_rate=0.1', 'max_tokens_per_batch=100000'];
  return [...dropouts, ...head, ...words, ...[...one, ...plain].map((value) => `train.${value}`)];
}

/** The loss, the scores and the weights after one update. */
async function updated(run: SmallRun, out: string, settings: readonly string[]) {
  const { state, metrics } = await run.train(out, [...inOneBatch(run.sample as TaskSample), ...settings]);
  const { eval_runtime: _, test_runtime: _test, train_runtime: _train, ...scores } = metrics;
  const loss = Number(state.log_history.find((entry) => 'loss' in entry)?.loss);
  const weights = [...(await readTensors(diskFolder(run.at(out)), 'model.safetensors')).values()].flatMap(({ data }) =>
    Array.from(data as Float32Array),
  );
  return { loss, scores, weights };
}

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

describe.each(padded)('batches of $task', (sample) => {
  test('have lengths that are multiples, and their padding counts as tokens', async () => {
    const run = await runOf(sample);
    const lengthsOf = async (multiple: number) => {
      const recipe = run.recipe(`train.pad_to_multiple_of=${multiple}`);
      const task = await taskRow(recipe.task).prepare(recipe, nodeBackend());
      const source = task.source({ epoch: 0, batch: 0 });
      const shapes = Array.from({ length: source.batchesInEpoch }, () => [source.next()].flat())
        .flat()
        .flatMap(({ feeds: { input_ids: ids, decoder_input_ids: read } }) => [
          ids.shape,
          ...(read ? [read.shape] : []),
        ]);
      await task.dispose();
      expect(Math.max(...shapes.map(([rows, length]) => rows * length))).toBeLessThanOrEqual(2 * 512);
      return new Set(shapes.map(([, length]) => length % 8));
    };
    expect((await lengthsOf(1)).size).toBeGreaterThan(1);
    expect([...(await lengthsOf(8))]).toEqual([0]);
  });

  test('have the same loss, gradients and scores as without', async () => {
    const run = await runOf(sample);
    // As in Transformers, the softmax over a text for the ends of an answer includes its padding: only scores are the same.
    const rate = sample.task === 'question-answering' ? ['train.learning_rate=1e-9'] : [];
    const bare = await updated(run, 'bare', rate);
    const whole = await updated(run, 'padded', [...rate, 'train.pad_to_multiple_of=16']);
    for (const [name, value] of Object.entries(bare.scores)) {
      if (typeof value === 'number') expect(whole.scores[name], name).toBeCloseTo(value, 4);
    }
    expect(largestDifference(bare.weights, whole.weights)).toBeLessThan(tolerance);
    if (sample.task !== 'question-answering') expect(Math.abs(whole.loss - bare.loss)).toBeLessThan(tolerance);
  });
});

test('a length is not rounded up beyond the positions of a model', async () => {
  const run = await runOf(dateSample);
  const settings = ['model.max_position_embeddings=30', 'train.max_length=30', 'train.pad_to_multiple_of=16'];
  const recipe = run.recipe(...settings);
  const task = await taskRow(recipe.task).prepare(recipe, nodeBackend());
  const source = task.source({ epoch: 0, batch: 0 });
  const lengths = Array.from({ length: source.batchesInEpoch }, () => [source.next()].flat())
    .flat()
    .map(({ feeds: { input_ids } }) => input_ids.shape[1]);
  await task.dispose();
  expect([...new Set(lengths)].sort((a, b) => a - b)).toEqual([16, 30]);
});

describe('without a choice', () => {
  const chosenIn = async (run: SmallRun, out: string) =>
    (await run.json(out, 'heddle.json')).recipe.train.pad_to_multiple_of;
  const short = ['train.max_steps=3', 'train.lr_scheduler_type=constant', 'train.warmup_steps=null'];
  const longer = ['train.max_steps=6', ...short.slice(1)];

  test('an engine for which shapes are costly pads to 4, the run says so and keeps it on another engine', async () => {
    const run = await runOf(feelingSample);
    await run.train('shaped', short, { backend: shapedEngine() });
    expect(await chosenIn(run, 'shaped')).toBe(4);
    await run.train('shaped', longer, { resume: true });
    expect(await chosenIn(run, 'shaped')).toBe(4);
    await expect(run.train('shaped', [...longer, 'train.pad_to_multiple_of=8'], { resume: true })).rejects.toThrow(
      /a resumed training needs the values it began with: train\.pad_to_multiple_of was 4, got 8/,
    );
  });

  test('other engines pad to the longest, and so does a run that is resumed elsewhere', async () => {
    const run = await runOf(feelingSample);
    await run.train('plain', short);
    await run.train('plain', longer, { resume: true, backend: shapedEngine() });
    expect(await chosenIn(run, 'plain')).toBeUndefined();
    const stated = (multiple: number) => [...longer, `train.pad_to_multiple_of=${multiple}`];
    await run.train('plain', stated(1), { resume: true });
    await expect(run.train('plain', stated(4), { resume: true })).rejects.toThrow(/pad_to_multiple_of was .*, got 4/);
  });

  test('the choice of a recipe holds on every engine', async () => {
    const run = await runOf(feelingSample);
    await run.train('chosen', [...short, 'train.pad_to_multiple_of=1'], { backend: shapedEngine() });
    expect(await chosenIn(run, 'chosen')).toBe(1);
  });

  test('a task whose samples have one size has nothing to pad', async () => {
    const run = await runOf(runningSample);
    await run.train('blocks', short, { backend: shapedEngine() });
    expect(await chosenIn(run, 'blocks')).toBeUndefined();
  });
});

test.each([runningSample, imageSample])('$task refuses it: its samples have one size', ({ recipe }) => {
  expect(() => parseRecipe(recipe, 'recipe.yaml', ['train.pad_to_multiple_of=8'])).toThrow(
    /unknown field "pad_to_multiple_of" in train/,
  );
});
