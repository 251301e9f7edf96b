/** Every task from texts to texts with T5: a new model, and one from a folder. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { pipeline } from '../../../src/tasks/index.ts';
import { SmallRun } from '../small-run.ts';
import { dateSample, shortSample, spellingSample, type TaskSample } from '../task-sample.ts';
import { writeTinyT5 } from '../tiny-t5.ts';

const size = 'd_model: 16, d_kv: 6, d_ff: 24, num_layers: 1, num_heads: 2, relative_attention_max_distance: 24';
const model = `model={ model_type: t5, ${size}, feed_forward_proj: gated-gelu }`;
const tokenizer = 'tokenizer={ vocab_size: 90, byte_level: false }';
const train = ['train.max_steps=2', 'train.eval_steps=2', 'train.predict_with_generate=true'];
const startingFrom = (folder: string) => [`model={ model_name_or_path: ${JSON.stringify(folder)} }`, 'tokenizer=null'];

const fields = {
  translation: 'translation_text',
  summarization: 'summary_text',
  'text2text-generation': 'generated_text',
};
type Task = keyof typeof fields;
const samples = [dateSample, shortSample, spellingSample];
const runs = new Map<string, SmallRun<TaskSample>>();
beforeAll(async () => {
  for (const sample of samples) runs.set(sample.task, await SmallRun.make(sample));
});
afterAll(async () => {
  for (const run of runs.values()) await run.remove();
});

const runOf = (task: string): SmallRun<TaskSample> => {
  const run = runs.get(task);
  if (!run) throw new Error(`no sample of ${task}`);
  return run;
};

describe.each(Object.keys(fields) as Task[])('%s', (task) => {
  test('trains a new T5, whose fields follow from the data, and continues it', async () => {
    const run = runOf(task);
    const { metrics } = await run.train('new', [model, tokenizer, ...train]);
    const config = await run.json('new', 'config.json');
    const { vocab_size: rows } = config;
    expect(config).toMatchObject({
      ...{ architectures: ['T5ForConditionalGeneration'], is_encoder_decoder: true, num_decoder_layers: 1 },
      ...{ pad_token_id: rows - 1, eos_token_id: 0, decoder_start_token_id: rows - 1 },
      ...{ tie_word_embeddings: true, scale_decoder_outputs: true },
    });
    expect(config).not.toHaveProperty('forced_eos_token_id');
    const continued = await run.train('continued', [
      ...startingFrom(run.at('new')),
      ...train,
      'train.learning_rate=1e-9',
    ]);
    expect(continued.metrics.eval_loss).toBeCloseTo(Number(metrics.eval_loss), 4);
    expect(continued.metrics.eval_exact_match).toBe(metrics.eval_exact_match);
  });

  test('writes texts', async () => {
    const run = runOf(task);
    await run.train('writing', [model, tokenizer, ...train, 'train.predict_with_generate=false']);
    const use = await pipeline(task, run.at('writing'));
    const outputs = await use(run.sample.lines.slice(0, 2), { num_beams: 2, output_scores: true, max_new_tokens: 5 });
    await use.dispose();
    expect(outputs).toHaveLength(2);
    for (const output of outputs) expect(Object.keys(output)).toEqual([fields[task], 'score', 'token_ids']);
  });
});

test('an output layer of its own stays apart from run to run', async () => {
  const run = runOf('summarization');
  const apart = { tie_word_embeddings: false, scale_decoder_outputs: false };
  await run.train('apart', [model.replace(' }', ', tie_word_embeddings: false }'), tokenizer, ...train]);
  expect(await run.json('apart', 'config.json')).toMatchObject(apart);
  await run.train('apart-continued', [...startingFrom(run.at('apart')), ...train]);
  expect(await run.json('apart-continued', 'config.json')).toMatchObject(apart);
});

test('two tokenizers are refused, because T5 has one table', async () => {
  const run = runOf('text2text-generation');
  await expect(run.train('two', [model, ...train])).rejects.toThrow(
    new InputError(
      'recipe tokenizer: shared: expected true, because t5 has one table for source and target, got false',
    ),
  );
});

describe('a Korean T5 with byte-level BPE', () => {
  const lines = ['내일 서울 날씨 어때?', '초미세먼지 알려 줘 👩‍💻'];

  test('is opened from a folder that Heddle did not make, and reads and writes any text', async () => {
    const folder = await writeTinyT5(runOf('summarization').at('korean'));
    const use = await pipeline('text2text-generation', folder);
    const { source, target } = use.tokenizers;
    expect(source).toBe(target);
    for (const line of lines) {
      const ids = source.encode(line);
      expect(ids.at(-1)).toBe(1);
      expect(source.decode(ids, { skip_special_tokens: true })).toBe(line);
    }
    const [{ generated_text } = { generated_text: null }] = await use(lines, { max_new_tokens: 4 });
    expect(typeof generated_text).toBe('string');
    await use.dispose();
  });

  test('is fine-tuned', async () => {
    const run = runOf('summarization');
    const rows = lines.map((line) => `${line}\t${line.slice(0, 4)}`);
    await writeFile(join(run.at('data'), 'korean.tsv'), `long\tshort\n${rows.join('\n')}\n`);
    const folder = await writeTinyT5(run.at('korean'));
    const file = ['train', 'validation', 'test'].map((set) => `data.${set}.file=korean.tsv`);
    const { metrics } = await run.train('tuned', [...startingFrom(folder), ...file, ...train]);
    expect(metrics.eval_loss).toBeGreaterThan(0);
    expect(await run.json('tuned', 'config.json')).toMatchObject({ vocab_size: 336, n_positions: 512 });
  });
});
