import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { add, sum } from '../../src/graph/index.ts';
import { InputError } from '../../src/io/error.ts';
import { zeros } from '../../src/nn/index.ts';
import { sqrt, square } from '../../src/ops/index.ts';
import { averageWeights } from '../../src/train/run/average.ts';
import type { TrainingTask } from '../../src/train/training.ts';
import type { UpdateResult } from '../../src/train/update/updater.ts';
import { parseSafetensors } from '../../src/weights/safetensors.ts';
import { float32Data } from '../../src/weights/tensor.ts';
import {
  batchTokens,
  filesIn,
  logLines,
  newFolder,
  removeFolders,
  runIn,
  sequencePairs,
  sequenceTask,
} from './sequence-task.ts';
import { withoutLabels } from './update/tiny-updater.ts';

afterAll(removeFolders);

async function weightsIn(...path: string[]): Promise<Map<string, Float32Array>> {
  const file = join(...path, 'model.safetensors');
  const { tensors } = parseSafetensors(await readFile(file), file);
  return new Map([...tensors].map(([name, tensor]) => [name, float32Data(tensor, name).slice()]));
}

const jsonIn = async (...path: string[]) => JSON.parse(await readFile(join(...path), 'utf8'));
const checkpointsIn = async (folder: string) =>
  (await filesIn(folder)).filter((name) => name.startsWith('checkpoint-')).map((name) => Number(name.slice(11)));

/** A task whose evaluations give these losses, one after the other. */
function scored(losses: readonly number[], metric = 'eval_loss'): TrainingTask {
  const left = [...losses];
  return { ...sequenceTask(), evaluate: async () => ({ eval_loss: 1, [metric]: left.shift() ?? Number.NaN }) };
}

/** A task that notes the source ids that its last source feeds, that of the training. */
function watched(count: number): { task: TrainingTask; fed: string[] } {
  const fed: string[] = [];
  const task = sequenceTask({ pairs: sequencePairs(count) });
  const source: TrainingTask['source'] = (position) => {
    const inner = task.source(position);
    fed.length = 0;
    return {
      get position() {
        return inner.position;
      },
      get batchesInEpoch() {
        return inner.batchesInEpoch;
      },
      next() {
        const [batch] = [inner.next()].flat();
        const { shape, data } = batch.feeds.input_ids;
        for (let row = 0; row < shape[0]; row++) {
          const ids = [...data.subarray(row * shape[1], (row + 1) * shape[1])].map(Number);
          fed.push(String(ids.filter((id) => id !== batchTokens.sourcePadId)));
        }
        return batch;
      },
    };
  };
  return { task: { ...task, source }, fed };
}

describe('the length of a training', () => {
  test.each([1, 2, 3])('of one epoch with %i batches an update: every pair is seen once', async (accumulation) => {
    const { task, fed } = watched(64);
    const { batchesInEpoch } = task.source({ epoch: 0, batch: 0 });
    const changes = { max_steps: undefined, num_train_epochs: 1, gradient_accumulation_steps: accumulation };
    const { state } = await runIn(await newFolder(), changes, { task });
    expect(state.global_step).toBe(Math.ceil(batchesInEpoch / accumulation));
    expect(state.epoch).toBe(1);
    expect(state.data_position).toEqual({ epoch: 1, batch: 0 });
    expect(fed.sort()).toEqual(sequencePairs(64).source.map(String).sort());
  });

  test('may be a part of an epoch', async () => {
    const task = sequenceTask();
    const { batchesInEpoch } = task.source({ epoch: 0, batch: 0 });
    const { state } = await runIn(await newFolder(), { max_steps: undefined, num_train_epochs: 0.3 }, { task });
    expect(state.max_steps).toBe(Math.ceil(0.3 * batchesInEpoch));
    expect(state.epoch).toBeCloseTo(state.max_steps / batchesInEpoch);
  });

  test('is max_steps where that is given', async () => {
    const { state } = await runIn(await newFolder(), { max_steps: 2, num_train_epochs: 100 });
    expect(state.global_step).toBe(2);
  });
});

describe('a finished training leaves', () => {
  test('the model, its state and its log at the root, and checkpoints that can be resumed', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 4, save_steps: 2 });
    const model = ['config.json', 'generation_config.json', 'model.safetensors'];
    const root = ['checkpoint-2', 'checkpoint-4', 'heddle.json', 'metrics.jsonl', 'trainer_state.json'];
    expect(await filesIn(folder)).toEqual([...model, ...root].sort());
    expect(await filesIn(join(folder, 'checkpoint-2'))).toEqual(
      [...model, 'optimizer.safetensors', 'trainer_state.json'].sort(),
    );
  });

  test('trainer_state.json with what Transformers’ has, and what a resume needs', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 3, logging_steps: 2 });
    const state = await jsonIn(folder, 'trainer_state.json');
    expect(state).toMatchObject({
      global_step: 3,
      max_steps: 3,
      best_metric: null,
      best_step: null,
      evaluations_without_improvement: 0,
      data_position: { epoch: 0, batch: 3 },
      unlogged: { updates: 0, loss: 0 },
    });
    expect(state.epoch).toBeCloseTo(3 / sequenceTask().source({ epoch: 0, batch: 0 }).batchesInEpoch, 12);
    expect(state.log_history.map(({ step }: { step: number }) => step)).toEqual([2, 3]);
  });

  test('metrics.jsonl with a line for each entry of the log: the mean loss since the last, rate, norm, speed', async () => {
    const losses: number[] = [];
    const norms: (number | undefined)[] = [];
    const folder = await newFolder();
    const updated = (_: number, { loss, gradNorm }: { loss: number; gradNorm?: number }) => {
      losses.push(loss);
      norms.push(gradNorm);
    };
    const listener = { updated };
    const { state } = await runIn(folder, { max_steps: 5, logging_steps: 2 }, { listener });
    const lines = await logLines(folder);
    expect(lines).toEqual(state.log_history);
    expect(lines.map(({ step }) => step)).toEqual([2, 4, 5]);
    const means = [(losses[0] + losses[1]) / 2, (losses[2] + losses[3]) / 2, losses[4]];
    lines.forEach(({ loss }, i) => expect(loss).toBeCloseTo(means[i], 12));
    expect(lines.map(({ grad_norm }) => grad_norm)).toEqual([norms[1], norms[3], norms[4]]);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(['step', 'epoch', 'loss', 'learning_rate', 'grad_norm', 'tokens_per_second']);
      expect(line.tokens_per_second).toBeGreaterThan(0);
    }
    expect(lines[2].learning_rate).toBeCloseTo(5e-3 * Math.sqrt(2 / 4), 12);
  });

  test('metrics.jsonl with the number of updates that had no label, which the mean loss leaves out', async () => {
    const task = sequenceTask();
    const source: TrainingTask['source'] = (position) => {
      const inner = task.source(position);
      const next = () =>
        [inner.next()].flat().map((batch) => (inner.position.batch === 2 ? withoutLabels(batch) : batch));
      return Object.assign(Object.create(inner), { next });
    };
    const results: UpdateResult[] = [];
    const listener = { updated: (_: number, result: UpdateResult) => void results.push(result) };
    const folder = await newFolder();
    await runIn(folder, { max_steps: 3, logging_steps: 3 }, { task: { ...task, source }, listener });
    expect(results.map(({ counts }) => counts.labels > 0)).toEqual([true, false, true]);
    const [line] = await logLines(folder);
    expect(line.updates_without_labels).toBe(1);
    expect(line.loss).toBeCloseTo((results[0].loss + results[2].loss) / 2, 12);
  });

  test('the same bytes as another with its seed, and other bytes than one with another seed', async () => {
    const folders = await Promise.all([newFolder(), newFolder(), newFolder()]);
    for (const [i, seed] of [5, 5, 6].entries()) await runIn(folders[i], { max_steps: 2, seed });
    const [a, b, c] = await Promise.all(folders.map((folder) => readFile(join(folder, 'model.safetensors'))));
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });
});

describe('the weights at the root are', () => {
  test('the last without a validation set', async () => {
    const folder = await newFolder();
    const { state } = await runIn(folder, { max_steps: 3 });
    expect(state.best_step).toBeNull();
    expect(await weightsIn(folder)).toEqual(await weightsIn(folder, 'checkpoint-3'));
  });

  test('the best with one; its checkpoint is kept beside the newest', async () => {
    const folder = await newFolder();
    const changes = { max_steps: 6, eval_steps: 1, save_steps: 2, save_total_limit: 1 };
    const { state } = await runIn(folder, changes, { task: scored([3, 2.5, 2, 2.2, 2.1, 2.05]) });
    expect(state).toMatchObject({ best_step: 3, best_metric: 2, evaluations_without_improvement: 3 });
    expect(await checkpointsIn(folder)).toEqual([3, 6]);
    expect(await weightsIn(folder)).toEqual(await weightsIn(folder, 'checkpoint-3'));
  });

  test('the best by a metric for which higher is better', async () => {
    const folder = await newFolder();
    const changes = { max_steps: 4, eval_steps: 1, metric_for_best_model: 'eval_bleu' };
    const { state } = await runIn(folder, changes, { task: scored([10, 30, 20, 30], 'eval_bleu') });
    expect(state).toMatchObject({ best_step: 2, best_metric: 30 });
    expect(await weightsIn(folder)).toEqual(await weightsIn(folder, 'checkpoint-2'));
  });

  test('the best by a metric that the task says is better when lower', async () => {
    const folder = await newFolder();
    const changes = { max_steps: 4, eval_steps: 1, metric_for_best_model: 'eval_wer' };
    const task = { ...scored([30, 10, 20, 10], 'eval_wer'), lowerIsBetter: ['wer'] };
    const { state } = await runIn(folder, changes, { task });
    expect(state).toMatchObject({ best_step: 2, best_metric: 10 });
    expect(await weightsIn(folder)).toEqual(await weightsIn(folder, 'checkpoint-2'));
  });

  test('with average_last the mean of so many last checkpoints, whichever the best', async () => {
    const folder = await newFolder();
    const changes = { max_steps: 8, eval_steps: 1, save_steps: 2, save_total_limit: 3, average_last: 3 };
    await runIn(folder, changes, { task: scored([9, 8, 7, 6, 5, 4, 3, 4]) });
    expect(await checkpointsIn(folder)).toEqual([4, 6, 7, 8]);
    const parts = await Promise.all([4, 6, 8].map((step) => weightsIn(folder, `checkpoint-${step}`)));
    expect(await weightsIn(folder)).toEqual(await averageWeights(parts));
    expect(await weightsIn(folder)).not.toEqual(parts[2]);
  });

  test('the mean of the regular ones when a training stops early: a best one takes no regular one’s place', async () => {
    const folder = await newFolder();
    const limits = { save_steps: 4, save_total_limit: 2, average_last: 2 };
    const changes = { max_steps: 20, eval_steps: 1, early_stopping_patience: 1, ...limits };
    await runIn(folder, changes, { task: scored([9, 8, 7, 6, 5, 4, 3, 2, 1, 2]) });
    expect(await checkpointsIn(folder)).toEqual([4, 8, 9]);
    const parts = await Promise.all([4, 8].map((step) => weightsIn(folder, `checkpoint-${step}`)));
    expect(await weightsIn(folder)).toEqual(await averageWeights(parts));
  });

  test('the mean of those there are where average_last is more', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 5, save_steps: 3, average_last: 10, save_total_limit: 10 });
    const parts = await Promise.all([3, 5].map((step) => weightsIn(folder, `checkpoint-${step}`)));
    expect(await weightsIn(folder)).toEqual(await averageWeights(parts));
  });
});

describe('checkpoints', () => {
  test('beyond save_total_limit are removed, oldest first', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 12, save_steps: 1, save_total_limit: 2 });
    expect(await checkpointsIn(folder)).toEqual([11, 12]);
  });

  test('hold the log up to their step', async () => {
    const folder = await newFolder();
    await runIn(folder, { max_steps: 4, save_steps: 2 });
    const { log_history } = await jsonIn(folder, 'checkpoint-2', 'trainer_state.json');
    expect(log_history).toEqual((await logLines(folder)).slice(0, 2));
  });
});

describe('early stopping', () => {
  test('ends the training after as many evaluations without improvement as patience allows', async () => {
    const folder = await newFolder();
    const changes = { max_steps: 20, eval_steps: 2, logging_steps: 3, early_stopping_patience: 2 };
    const { state } = await runIn(folder, changes, { task: scored([3, 2, 2, 2.5]) });
    expect(state).toMatchObject({ global_step: 8, max_steps: 20, best_step: 4, best_metric: 2 });
    expect(await weightsIn(folder)).toEqual(await weightsIn(folder, 'checkpoint-4'));
    expect((await logLines(folder)).filter(({ loss }) => loss !== undefined).map(({ step }) => step)).toEqual([
      3, 6, 8,
    ]);
  });

  test('continues when resumed with more patience, but not with the same', async () => {
    const folder = await newFolder();
    const changes = { max_steps: 20, eval_steps: 2, save_steps: 2, early_stopping_patience: 1 };
    await runIn(folder, changes, { task: scored([3, 4]) });
    const same = await runIn(folder, changes, { task: scored([]), resume: true });
    expect(same.state.global_step).toBe(4);
    const more = { ...changes, early_stopping_patience: 3 };
    const { state } = await runIn(folder, more, { task: scored([4, 4]), resume: true });
    expect(state.global_step).toBe(8);
  });
});

describe('a training that goes wrong', () => {
  test('stops at a loss that is not finite, says so, and keeps the checkpoints before', async () => {
    const folder = await newFolder();
    const changes = { optim: 'sgd', learning_rate: 1e18, max_grad_norm: 0, warmup_steps: 3, save_steps: 1 } as const;
    const run = runIn(folder, { ...changes, max_steps: 10 });
    const message = /^train: the loss must be finite, got (?:NaN|Infinity) at update (\d+); a lower/;
    const failed = Number(await run.catch(({ message: told }: Error) => message.exec(told)?.[1]));
    // Every update before the failed one was saved; the newest are kept.
    expect(await checkpointsIn(folder)).toEqual(Array.from({ length: failed - 1 }, (_, i) => i + 1).slice(-3));
    for (const numbers of (await weightsIn(folder, 'checkpoint-1')).values()) {
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
    expect(await filesIn(folder)).not.toContain('model.safetensors');
  });

  test.each([
    ['with clipping at the norm', 1, /^train: the norm of the gradients must be finite, got NaN at update 1; a lower/],
    ['without, before it would be saved', 0, /^train: \S+ must be finite, got NaN after update 1; a lower/],
  ])('stops at gradients that are not finite while the loss is: %s', async (_, max_grad_norm, message) => {
    const folder = await newFolder();
    const task = sequenceTask();
    // The derivative of |b| at the zeros that biases begin with is 0/0.
    const loss: TrainingTask['loss'] = (root) => {
      const bias = root.parameter('model.encoder.layers.0.fc1.bias', [32], zeros);
      return add(task.loss(root), sqrt(sum(square(bias), { axes: [0] })));
    };
    const run = runIn(folder, { max_grad_norm, save_steps: 1 }, { task: { ...task, loss } });
    await expect(run).rejects.toThrow(message);
    expect(await checkpointsIn(folder)).toEqual([]);
  });

  test.each(['eval_bleu', 'toString', 'eval_bleu_signature'])(
    'is refused for a metric that evaluations do not give as a number: %s',
    async (metric_for_best_model) => {
      const evaluate = async () => ({ eval_loss: 1, eval_bleu_signature: 'nrefs:1' });
      const task = { ...sequenceTask(), evaluate };
      const run = runIn(await newFolder(), { eval_steps: 1, metric_for_best_model }, { task });
      await expect(run).rejects.toThrow(InputError);
      await expect(run).rejects.toThrow(`expected one of eval_loss, got ${metric_for_best_model}`);
    },
  );

  test('passes on errors of its task', async () => {
    const task = sequenceTask();
    let batches = 0;
    const source: TrainingTask['source'] = (position) => {
      const inner = task.source(position);
      return Object.create(inner, {
        position: { get: () => inner.position },
        batchesInEpoch: { get: () => inner.batchesInEpoch },
        next: {
          value: () => {
            if (++batches === 3) throw new InputError('data: broken');
            return inner.next();
          },
        },
      });
    };
    await expect(runIn(await newFolder(), { max_steps: 9 }, { task: { ...task, source } })).rejects.toThrow(
      'data: broken',
    );
    expect(batches).toBe(3);
  });
});
