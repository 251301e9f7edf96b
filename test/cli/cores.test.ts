/** A training ends on the same bytes on any number of cores. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sentences } from '../tasks/running-sample.ts';
import { checkpointDigests } from '../train/sequence-task.ts';
import { bin, build } from './heddle.ts';

const run = promisify(execFile);

/** Linux has `taskset`, which keeps a process to some cores; other systems cannot be asked for fewer cores. */
const canPin = await run('taskset', ['-c', '0', 'true']).then(
  () => availableParallelism() > 1,
  () => false,
);

/** Large enough for the engine to share an operator’s work among threads. */
const models = {
  'a Transformer': `{ model_type: marian, d_model: 64, encoder_layers: 1, decoder_layers: 1, encoder_attention_heads: 4,
    decoder_attention_heads: 4, encoder_ffn_dim: 256, decoder_ffn_dim: 256, max_position_embeddings: 64 }`,
  'a recurrent net': '{ model_type: recurrent_seq2seq, embedding_size: 32, hidden_size: 48 }',
};
const recipe = (model: string) => `task: translation
data: { train: { source: source, target: target }, validation: { source: source, target: target } }
tokenizer: { kind: word }
model: ${model}
train: { max_steps: 6, save_steps: 3, eval_steps: 3, max_tokens_per_batch: 2048, max_length: 32, predict_with_generate: false,
  lr_scheduler_type: constant, learning_rate: 0.003 }
generation: { max_new_tokens: 12 }
`;

let folder: string;
beforeAll(async () => {
  await build();
  folder = await mkdtemp(join(tmpdir(), 'heddle-cores-'));
  const lines = sentences(400, 1);
  await writeFile(join(folder, 'source'), lines.join('\n'));
  await writeFile(join(folder, 'target'), lines.map((line) => line.split(' ').toReversed().join(' ')).join('\n'));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trains into `out`; gives what the checkpoint at 6 holds. */
async function trained(model: keyof typeof models, out: string, cores: string, ...more: string[]): Promise<string[]> {
  await writeFile(join(folder, 'recipe.yaml'), recipe(models[model]));
  const call = [bin, 'train', 'recipe.yaml', '--out', out, ...more];
  await run('taskset', ['-c', cores, process.execPath, ...call], { cwd: folder });
  return checkpointDigests(join(folder, out), 6).catch(() => []);
}

test.runIf(canPin)('a recurrent network ends with the same bytes on one core and on two', async () => {
  const [one, two] = [await trained('a recurrent net', 'one', '0'), await trained('a recurrent net', 'two', '0,1')];
  expect(one).toEqual(two);
});

test.runIf(canPin)(
  'a Transformer ends with the same bytes on one core and on two with the same train.threads',
  async () => {
    const threads = ['--set', 'train.threads=2'];
    const one = await trained('a Transformer', 'one-core', '0', ...threads);
    const two = await trained('a Transformer', 'two-cores', '0,1', ...threads);
    expect(one).toEqual(two);
    expect(await trained('a Transformer', 'one-thread', '0,1', '--set', 'train.threads=1')).not.toEqual(two);
  },
);

test.runIf(canPin).each(['a Transformer', 'a recurrent net'] as const)(
  '%s started on two cores continues with the same shards and threads on one',
  async (model) => {
    const whole = await trained(model, 'whole', '0,1', '--overwrite');
    await trained(model, 'parts', '0,1', '--overwrite', '--set', 'train.max_steps=3');
    expect(await trained(model, 'parts', '0', '--resume')).toEqual(whole);
    const { shards, threads } = JSON.parse(await readFile(join(folder, 'parts/trainer_state.json'), 'utf8'));
    expect([shards, threads]).toEqual([2, 1]);
  },
);

test.runIf(!canPin)(
  'is not shown on this machine, which has one core or no taskset; the lanes’ test shows the rest',
  () => expect(canPin).toBe(false),
);
