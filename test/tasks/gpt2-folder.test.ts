/** GPT-2 as Hugging Face's folders hold it: byte-level pairs, one token that starts and ends texts, and no padding token. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { modelParameters } from '../../src/models/families/setup.ts';
import { saveModelFiles } from '../../src/models/folder/save.ts';
import { pipeline } from '../../src/tasks/index.ts';
import { predictLines } from '../../src/tasks/verbs/predict.ts';
import { uniformFrom } from '../../src/train/random/random-bytes.ts';
import { SmallRun } from './small-run.ts';

const golden = (name: string) => readFile(fileURLToPath(new URL(`../golden/tokenizers/gpt2/${name}`, import.meta.url)));
const end = 476;
const sizes = { n_positions: 40, n_embd: 32, n_layer: 2, n_head: 4 };
const config = { model_type: 'gpt2', vocab_size: 477, bos_token_id: end, eos_token_id: end, ...sizes };
const undropped = { resid_pdrop: 0, embd_pdrop: 0, attn_pdrop: 0 };

/** Sentences whose noun decides their class, and has a tag, of several lengths. */
const sentences = ['loom', 'museum', '베틀'].flatMap((noun) =>
  ['The', 'The small', 'A quick small'].flatMap((first) =>
    ['sold', 'sold tickets from there'].map((last) => ({ words: `${first} ${noun} ${last}`.split(' '), noun })),
  ),
);
const rows = Array.from({ length: 5 }, () => sentences).flat();
const lines = (...texts: string[]): string => texts.map((text) => `${text}\n`).join('');
const files = {
  'classes.tsv': lines(...rows.map(({ words, noun }) => `${words.join(' ')}\t${noun}`)),
  'tags.tsv': lines(
    ...rows.flatMap(({ words, noun }) => [...words.map((word) => `${word}\t${word === noun ? 'B-NOUN' : 'O'}`), '']),
  ),
  'running.txt': lines(...rows.map(({ words }) => words.join(' '))),
};
const settings = 'max_steps: 90, learning_rate: 3e-3, lr_scheduler_type: constant, warmup_steps: 0';
const labelled = (task: string, file: string) => `task: ${task}
data: { train: { file: ${file} }, test: { file: ${file} } }
model: { model_name_or_path: base }
train: { ${settings}, max_length: 40, logging_steps: 90, save_steps: 90, per_device_train_batch_size: 12 }
`;
const recipes = {
  'text-classification': labelled('text-classification', 'classes.tsv'),
  'token-classification': labelled('token-classification', 'tags.tsv'),
  'text-generation': `task: text-generation
data: { train: running.txt, validation_share: 0, test: running.txt, documents: lines }
model: { model_name_or_path: base }
train: { ${settings}, block_size: 32, per_device_train_batch_size: 8, save_steps: 90, logging_steps: 90 }
`,
};

const runs: SmallRun[] = [];
afterAll(async () => {
  for (const run of runs) await run.remove();
});

async function runOf(task: keyof typeof recipes): Promise<SmallRun> {
  const run = await SmallRun.make({ recipe: recipes[task], files });
  runs.push(run);
  return run;
}

/** Writes a folder of random weights and gives its path; `fields` change its `config.json`. */
async function writeFolder(run: SmallRun, name: string, fields: object = {}, tokenizer: object = {}): Promise<string> {
  const setup = checkConfig({ ...config, ...undropped, ...fields }, 'config.json');
  const weights = new Map(
    [...modelParameters(setup)].map(([at, { shape, initializer }]) => [at, initializer(shape, uniformFrom(0, at))]),
  );
  const said = JSON.parse(String(await golden('tokenizer_config.json')));
  const all = [
    ...saveModelFiles(setup, weights),
    ...(await Promise.all(['vocab.json', 'merges.txt'].map(async (file) => [file, await golden(file)] as const))),
    ['tokenizer_config.json', JSON.stringify({ ...said, ...tokenizer })] as const,
  ];
  for (const [file, content] of all) {
    await run.write(
      `${name}/${file}`,
      typeof content === 'string' || content instanceof Uint8Array ? content : Buffer.concat(content),
    );
  }
  return run.at(name);
}

describe('a GPT-2 from a folder', () => {
  let base = '';
  beforeAll(async () => {
    base = await writeFolder(await runOf('text-generation'), 'base');
  });

  async function trained(task: keyof typeof recipes, ...more: string[]) {
    const run = await runOf(task);
    await run.train('model', [`model.model_name_or_path=${base}`, ...more]);
    return { path: run.at('model'), run, scores: await run.json('model/eval_results.json') };
  }

  test('learns classes of texts of several lengths; texts are padded with the end token, as its config then says', async () => {
    const { path, run, scores } = await trained('text-classification');
    expect(scores.test_accuracy).toBe(1);
    expect(await run.json('model/config.json')).toMatchObject({ pad_token_id: end, eos_token_id: end });
    const classify = await pipeline('text-classification', path);
    const texts = ['A quick small museum sold tickets from there', 'The 베틀 sold', 'The loom sold'];
    const together = await classify(texts);
    expect(together.map(({ label }) => label)).toEqual(['museum', '베틀', 'loom']);
    for (const [at, text] of texts.entries()) {
      expect((await classify(text))[0]?.score).toBeCloseTo(together[at]?.score ?? 0, 5);
    }
    await classify.dispose();
  });

  test('is padded with the tokenizer’s own padding token if there is one, which a recipe may name, and with no other', async () => {
    const run = await runOf('text-classification');
    const padded = await writeFolder(run, 'padded', {}, { pad_token: '!' });
    const few = ['train.max_steps=2', 'train.save_steps=2', 'data.test=null'];
    const from = [`model.model_name_or_path=${padded}`, ...few];
    const { pad_token_id: padding } = await run.train('model', from).then(() => run.json('model/config.json'));
    expect(padding).toBe(0);
    await run.train('named', [...from, 'model.pad_token_id=0']);
    expect(await run.json('named/config.json')).toMatchObject({ pad_token_id: 0 });
    await expect(run.train('other', [...from, 'model.pad_token_id=5'])).rejects.toThrow(
      "expected a tokenizer that pads with token 5, the model's pad_token_id, got one that pads with 0",
    );
  });

  test('classifies several texts at once without a padding token: the mask says where each ends', async () => {
    const run = await runOf('text-classification');
    const architectures = ['GPT2ForSequenceClassification'];
    const path = await writeFolder(run, 'unpadded', { architectures, initializer_range: 0.5, num_labels: 3 });
    const classify = await pipeline('text-classification', path);
    const texts = ['A quick small museum sold tickets from there', 'The 베틀'];
    const together = await classify(texts);
    for (const [at, text] of texts.entries()) {
      const [alone] = await classify(text);
      expect(alone?.label).toBe(together[at]?.label);
      expect(alone?.score).toBeCloseTo(together[at]?.score ?? 0, 5);
    }
    await classify.dispose();
  });

  test('cannot drop words, because its unknown token is its end token', async () => {
    const run = await runOf('token-classification');
    const settings = [`model.model_name_or_path=${base}`, 'train.word_dropout=0.1'];
    await expect(run.train('dropped', settings)).rejects.toThrow(
      /^recipe: train\.word_dropout: expected 0 with a tokenizer that has neither an unknown token nor a mask token of its own to put in place of words, got 0\.1$/,
    );
  });

  test('takes its dropouts from a recipe that names them', async () => {
    const run = await runOf('text-classification');
    const few = ['train.max_steps=2', 'train.save_steps=2', 'data.test=null'];
    await run.train('dropped', [`model.model_name_or_path=${base}`, ...few, 'model.resid_pdrop=0.25']);
    expect(await run.json('dropped/config.json')).toMatchObject({ resid_pdrop: 0.25, attn_pdrop: 0 });
  });

  test('learns tags of words', async () => {
    const { path, scores } = await trained('token-classification');
    expect(scores.test_f1).toBe(1);
    const tag = await pipeline('token-classification', path);
    const [found, ...others] = await tag('The small museum sold', { aggregation_strategy: 'simple' });
    expect(found).toMatchObject({ entity_group: 'NOUN', word: 'museum', start: 10, end: 16 });
    expect(others).toEqual([]);
    await tag.dispose();
  });

  test('learns to continue texts', async () => {
    const { path, scores } = await trained('text-generation');
    expect(scores.test_loss).toBeLessThan(1);
    const write = await pipeline('text-generation', path);
    const prompts = ['The small museum sold tickets', 'The'];
    const found = (await write(prompts, { max_new_tokens: 6, num_beams: 2 })).flat();
    expect(found[0]?.generated_text).toMatch(/^The small museum sold tickets from there/);
    for (const [at, prompt] of prompts.entries()) {
      expect(await write(prompt, { max_new_tokens: 6, num_beams: 2 })).toEqual([found[at]]);
    }
    await write.dispose();
  });
});

describe('a new GPT-2', () => {
  const sized = Object.entries({ ...sizes, ...undropped }).map(([name, value]) => `${name}: ${value}`);
  const model = `model={ model_type: gpt2, ${sized.join(', ')} }`;

  /** Trains from nothing, and gives what `heddle predict` then writes for the lines. */
  async function predicted(task: keyof typeof recipes, tokenizer: string, lines: readonly string[]) {
    const run = await runOf(task);
    await run.train('new', [model, tokenizer]);
    let text = '';
    await predictLines(run.at('new'), {
      ...{ json: false, settings: [], stdin: Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]) },
      print: async (more) => void (text += more),
      note: (line) => expect.fail(line),
    });
    const { eval_results: scores, config: saved } = {
      eval_results: await run.json('new/eval_results.json'),
      config: await run.json('new/config.json'),
    };
    return { scores, saved, out: text.split('\n').slice(0, -1) };
  }

  test('learns classes from a recipe, and predicts them', async () => {
    const lines = ['A quick small museum sold tickets from there', 'The 베틀 sold', 'The loom sold'];
    const { scores, saved, out } = await predicted('text-classification', 'tokenizer={ vocab_size: 300 }', lines);
    expect(scores.test_accuracy).toBe(1);
    expect(saved).toMatchObject({ architectures: ['GPT2ForSequenceClassification'], pad_token_id: expect.any(Number) });
    expect(out).toEqual(['museum', '베틀', 'loom']);
  });

  test('learns tags from a recipe, and predicts them', async () => {
    const lines = ['The small museum sold', 'A quick small 베틀 sold tickets from there'];
    const { scores, saved, out } = await predicted(
      'token-classification',
      'tokenizer={ kind: bpe, vocab_size: 300 }',
      lines,
    );
    expect(scores.test_f1).toBe(1);
    expect(saved.architectures).toEqual(['GPT2ForTokenClassification']);
    expect(out).toEqual(['O O B-NOUN O', 'O O O B-NOUN O O O O']);
  });
});
