/** Recurrent networks whose batches are single rows: such a training has one shard, and nothing to divide. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { taskRow } from '../../../src/tasks/task-list.ts';
import { checkpointDigests, fileDigest } from '../../train/sequence-task.ts';
import { SmallRun } from '../small-run.ts';
import { entitySample, feelingSample } from '../task-sample.ts';

const lstm =
  'model={ model_type: recurrent_encoder, cell: lstm, embedding_size: 12, hidden_size: 8, dropout: 0.2, pooling: max }';

describe.each([
  ['an LSTM classifier', feelingSample, [lstm]],
  ['an LSTM tagger with characters', entitySample, ['model.cell=lstm', 'model.dropout=0.2']],
] as const)('%s with batches of a single row', (_, sample, settings) => {
  const steps = ['max_steps=200', 'save_steps=100', 'eval_steps=100', 'logging_steps=100', 'learning_rate=0.02'];
  const single = [...settings, 'train.per_device_train_batch_size=1', ...steps.map((step) => `train.${step}`)];
  let run: SmallRun;
  beforeAll(async () => {
    run = await SmallRun.make(sample);
    await run.train('whole', single);
  });
  afterAll(() => run.remove());

  const planOf = async (...path: string[]) => {
    const { shards, threads } = await run.json(...path, 'trainer_state.json');
    return { shards, threads };
  };

  test('has one shard of one thread, and a source that gives one row, in one part', async () => {
    expect(await planOf('whole')).toEqual({ shards: 1, threads: 1 });
    const task = await taskRow(sample.task).prepare(run.recipe(...single), nodeBackend());
    const batches = Array.from({ length: 8 }, (_, batch) => [task.source({ epoch: 0, batch }).next(2)].flat());
    await task.dispose();
    expect(batches.map((parts) => parts.map(({ feeds }) => feeds.input_ids?.shape[0]))).toEqual(Array(8).fill([1]));
  });

  test('learns', async () => {
    const { log_history } = await run.json('whole', 'trainer_state.json');
    const [first, second] = log_history.flatMap(({ loss }: { loss?: number }) => (loss === undefined ? [] : [loss]));
    expect(second).toBeLessThan(0.5 * first);
  });

  test('interrupted and resumed, ends with the same bytes', async () => {
    const stop = (step: number) => {
      if (step === 147) throw new Error('interrupted');
    };
    await expect(run.train('stopped', single, { listener: { updated: stop } })).rejects.toThrow('interrupted');
    await run.train('stopped', single, { resume: true });
    expect(await planOf('stopped')).toEqual(await planOf('whole'));
    expect(await checkpointDigests(run.at('stopped'), 200)).toEqual(await checkpointDigests(run.at('whole'), 200));
    const end = (out: string) => fileDigest(run.at(out, 'model.safetensors'));
    expect(await end('stopped')).toBe(await end('whole'));
  });
});
