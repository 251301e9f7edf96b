import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomStream } from '../../../src/data/batch/shuffle.ts';
import { diskFolder } from '../../../src/io/disk-folder.ts';
import { InputError } from '../../../src/io/error.ts';
import { typesIn } from '../../../src/models/families/families.ts';
import type { HostTensor } from '../../../src/runtime/backend.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { likeliest } from '../../../src/tasks/fill-mask/filler.ts';
import { maskedLmTask } from '../../../src/tasks/fill-mask/masked-model.ts';
import { windowedText } from '../../../src/tasks/fill-mask/text-window.ts';
import { maskTokens } from '../../../src/tasks/fill-mask/token-mask.ts';
import { type FillMaskPipeline, loadModel, pipeline } from '../../../src/tasks/index.ts';
import { rowEvaluator } from '../../../src/tasks/run/row-task.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { maskedSample } from '../masked-sample.ts';
import { SmallRun } from '../small-run.ts';
import { writeTinyBert } from '../tiny-bert.ts';

let run: SmallRun;
let fill: FillMaskPipeline;
const messages: string[] = [];
/** A few sentences, over and over: a word follows from the others. */
const known = ['one two three four five', 'red green blue white', 'a dog sleeps', '실이 베틀 위로 간다'];
const rows = Array.from({ length: 200 }, (_, i) => known[i % known.length]);
const undropped = ['model.hidden_dropout_prob=0', 'model.attention_probs_dropout_prob=0'];
const long = [
  ...undropped,
  'tokenizer.vocab_size=200',
  'model.hidden_size=32',
  'train.max_steps=300',
  'train.eval_steps=300',
  'train.save_steps=300',
  'train.learning_rate=0.01',
];

beforeAll(async () => {
  run = await SmallRun.make({ ...maskedSample, files: { ...maskedSample.files, 'train.txt': rows.join('\n') } });
  await run.write('data/validation.txt', rows.slice(0, 20).join('\n'));
  await run.write('data/test.txt', rows.slice(0, 20).join('\n'));
  await run.train('model', long, { say: (message) => void messages.push(message) });
  fill = await pipeline('fill-mask', run.at('model'));
});
afterAll(async () => {
  await fill?.dispose();
  await run?.remove();
});

async function* stream(...texts: string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(texts.map((text) => `${text}\n`).join(''));
}

async function predicted(settings: string[], json: boolean, ...lines: string[]): Promise<string[]> {
  let text = '';
  await predictLines(run.at('model'), {
    json,
    settings,
    stdin: stream(...lines),
    print: async (more) => void (text += more),
    note: () => undefined,
  });
  return text.split('\n').slice(0, -1);
}

describe('a masked language model', () => {
  test('learns the words between others', async () => {
    const { test_accuracy, test_loss, test_perplexity } = await run.json('model/eval_results.json');
    expect(test_accuracy).toBeGreaterThan(0.9);
    expect(test_perplexity).toBeCloseTo(Math.exp(test_loss), 5);
    expect(messages[0]).toMatch(
      /^data: 800 tokens to train on in 200 windows of at most 32, vocabulary of \d+ tokens$/,
    );
  });

  test('gives the likeliest tokens as transformers.js does', async () => {
    const found = await fill('one two <mask> four five', { top_k: 2 });
    expect(found).toHaveLength(2);
    const [first, second] = found as { score: number; token: number; token_str: string; sequence: string }[];
    expect(Object.keys(first)).toEqual(['score', 'token', 'token_str', 'sequence']);
    expect(first.token_str.trim()).toBe('three');
    expect(fill.tokenizer.decode([first.token])).toBe(first.token_str);
    expect(first.sequence).toBe('one two three four five');
    expect(first.score).toBeGreaterThan(0.5);
    expect(second.score).toBeLessThanOrEqual(first.score);
    expect(await fill('one <mask>')).toHaveLength(5);
  });

  test('gives a list for each of several masks, and leaves the other masks', async () => {
    const lists = (await fill('one <mask> three <mask> five')) as { token_str: string; sequence: string }[][];
    expect(lists.map(([best]) => best.token_str.trim())).toEqual(['two', 'four']);
    expect(lists[0][0].sequence).toBe('</s>one two three<mask> five</s>');
    const texts = await fill(['<mask> green', 'red <mask> <mask>']);
    expect(texts.map((one) => Array.isArray(one[0]))).toEqual([false, true]);
  });

  test('completes lines, and gives the pipeline’s results as JSON', async () => {
    expect(await predicted([], false, 'a <mask> sleeps', '', '실이 <mask> 위로 <mask>')).toEqual([
      'a dog sleeps',
      '',
      '실이 베틀 위로 간다',
    ]);
    const [one, blank] = await predicted(['top_k=1'], true, 'a <mask> sleeps', ' ');
    expect(JSON.parse(one)).toEqual([expect.objectContaining({ sequence: 'a dog sleeps' })]);
    expect(blank).toBe('[]');
  });

  test('scores exactly the cross entropy of the hidden tokens', async () => {
    const folder = diskFolder(run.at('model'));
    const loaded = fill.model;
    const options = { mlm_probability: 0.3, maskId: Number(fill.tokenizer.maskId), vocabulary: 12 };
    const cut = { documents: 'lines', max_length: 32, file: folder.name } as const;
    const set = windowedText(rows.slice(0, 7).join('\n'), cut, fill.tokenizer);
    const evaluator = await rowEvaluator(
      (form) => maskedLmTask(form, { ...options, seed: 9 }),
      loaded,
      nodeBackend(),
      30,
    );
    const { loss, accuracy } = await evaluator.score(set, { weights: loaded.parameters, isFinal: true });
    await evaluator.dispose();
    const model = await loadModel(run.at('model'), { role: 'masked-lm' });
    let [total, right, count] = [0, 0, 0];
    for (const [at, row] of set.rows.entries()) {
      const { ids, places, labels } = maskTokens(row, options, randomStream(9, at));
      const all = new Array<number>(ids.length).fill(-100);
      for (const [i, place] of places.entries()) all[place] = labels[i];
      const out = await model.forward({ input_ids: [Array.from(ids)], labels: [all] });
      total += Number(out.get('loss')?.data[0]) * places.length;
      const { data: logits } = out.get('logits') as { data: Float32Array };
      for (const [i, place] of places.entries()) {
        const width = logits.length / ids.length;
        const scores = Array.from(logits.slice(place * width, (place + 1) * width));
        right += Number(scores.indexOf(Math.max(...scores)) === labels[i]);
      }
      count += places.length;
    }
    expect(loss).toBeCloseTo(total / count, 5);
    expect(accuracy).toBeCloseTo(right / count, 10);
  });

  test('is scored with other masks on request', async () => {
    const data = [run.at('data/test.txt')];
    const scored = async (...settings: string[]) => (await evaluateFiles(run.at('model'), { data, settings })).metrics;
    const usual = await scored();
    expect(await scored('train.seed=42')).toMatchObject({ eval_loss: usual.eval_loss });
    expect((await scored('train.seed=1')).eval_loss).not.toBe(usual.eval_loss);
    expect((await scored('train.max_length=5')).eval_samples).toBe(35);
  });
});

describe('a run that starts from a folder', () => {
  const begun = (name: string) => [
    `model={ model_name_or_path: ${run.at(name)} }`,
    'tokenizer=null',
    'train.max_length=16',
    'train.max_steps=2',
    'train.save_steps=2',
    'train.eval_steps=2',
    'train.warmup_steps=0',
  ];

  beforeAll(() => writeTinyBert(run.at('bert')));

  test('uses its tokenizer and its mask token, and says that the head is new', async () => {
    const notes: string[] = [];
    await run.train('from-bert', begun('bert'), { say: (line) => void notes.push(line) });
    expect(notes.find((line) => line.includes('new weights'))).toMatch(/cls\.predictions\.transform\.dense\.weight/);
    const use = await pipeline('fill-mask', run.at('from-bert'));
    expect(use.mask_token).toBe('[MASK]');
    const [first] = (await use('The film was [MASK].')).flat();
    expect(first.sequence).toMatch(/^the film was /);
    await use.dispose();
  });

  test('needs a mask token in the folder', async () => {
    const vocabulary = (await readFile(run.at('bert/vocab.txt'), 'utf8')).replace('[MASK]', '[OTHER]');
    await writeTinyBert(run.at('maskless'));
    await run.write('maskless/vocab.txt', vocabulary);
    const config = { tokenizer_class: 'BertTokenizer', mask_token: null };
    await run.write('maskless/tokenizer_config.json', JSON.stringify(config));
    await expect(run.train('refused', begun('maskless'))).rejects.toThrow(
      /fill-mask needs a tokenizer with a mask token/,
    );
  });
});

describe('what cannot be filled is one clear error', () => {
  test('a text without a mask, with its place', async () => {
    await expect(fill(['one <mask>', 'one two'])).rejects.toThrow(
      /^fill-mask: text 1: expected the mask token <mask>, got none$/,
    );
    await expect(predicted([], false, 'one <mask>', '', 'one two')).rejects.toThrow(
      /^stdin:3: expected the mask token <mask>, got none$/,
    );
  });

  test('a mask after the positions', async () => {
    await expect(fill(`${'one two three four five '.repeat(20)} <mask>`)).rejects.toThrow(
      /text 0: expected the mask token <mask> among the 64 tokens that the model reads, got none/,
    );
  });

  test('a tokenizer without a mask token', async () => {
    const files = ['config.json', 'model.safetensors', 'tokenizer.json'];
    for (const file of files) await run.write(`other/${file}`, await diskFolder(run.at('model')).read(file));
    const { mask_token: _, ...config } = await run.json('model/tokenizer_config.json');
    await run.write('other/tokenizer_config.json', JSON.stringify(config));
    await expect(pipeline('fill-mask', run.at('other'))).rejects.toThrow(
      /other: fill-mask needs a tokenizer with a mask token, and mask_token of tokenizer_config\.json names none$/,
    );
  });

  test('an option that is none, or is wrong', async () => {
    await expect(fill('<mask>', { top_k: 0 })).rejects.toThrow(/top_k: expected a whole number ≥ 1, got 0/);
    await expect(fill('<mask>', { topk: 1 } as object)).rejects.toThrow(/unknown option "topk"; did you mean "top_k"/);
    await expect(predicted(['top=1'], false, '<mask>')).rejects.toThrow(InputError);
  });

  test.each([
    ['windows longer than the positions', ['train.max_length=65'], /max_length: expected at most .* = 64, got 65/],
    ['windows without room', ['train.max_length=2'], /expected room for at least 3 tokens in train\.max_length, got 2/],
    [
      'a model without that role',
      ['model={ model_type: marian }'],
      `expected a masked language model (${typesIn('masked-lm').join(', ')})`,
    ],
    [
      'windows longer than a batch',
      ['train.max_tokens_per_batch=31'],
      /train\.max_tokens_per_batch: expected at least max_length = 32, got 31$/,
    ],
    ['nothing to hide', ['train.mlm_probability=0'], /train\.mlm_probability/],
  ])('%s', async (_, settings, message) => {
    await expect(run.train('refused', settings)).rejects.toThrow(message);
  });
});

test('a long text is cut into windows that together are the whole text', () => {
  const { tokenizer } = fill;
  const text = rows.slice(0, 9).join('\n');
  const {
    rows: windows,
    divided,
    tokens,
  } = windowedText(text, { documents: 'text', max_length: 8, file: 'f' }, tokenizer);
  expect(divided).toBe(1);
  const whole = tokenizer.encode(text).slice(1, -1);
  expect(windows.flatMap(({ ids }) => Array.from(ids.slice(1, -1)))).toEqual(whole);
  expect(tokens).toBe(whole.length);
  for (const { ids } of windows) expect([ids[0], ids.at(-1)]).toEqual([tokenizer.eosId, tokenizer.eosId]);
});

test('training hides other tokens in every epoch, and the same in the same epoch', () => {
  const { tokenizer, model } = fill;
  const set = windowedText(rows.join('\n'), { documents: 'lines', max_length: 32, file: 'f' }, tokenizer);
  const options = { mlm_probability: 0.15, maskId: Number(tokenizer.maskId), vocabulary: 12, seed: 1 };
  const task = maskedLmTask(model, options);
  const batch = (epoch: number) => task.batch(set.rows.slice(0, 20), epoch).feeds;
  expect(batch(1)).toEqual(batch(1));
  expect(batch(1)).not.toEqual(batch(2));
  // A window's masks do not depend on the batch that it is in.
  const idsOf = ({ data, shape }: HostTensor, row: number) =>
    Array.from(data as Int32Array).slice(row * Number(shape[1]), row * Number(shape[1]) + set.rows[3].size);
  const alone = task.batch([set.rows[3]], 1).feeds.input_ids;
  expect(idsOf(batch(1).input_ids, 3)).toEqual(idsOf(alone, 0));
});

test('the likeliest are in order, equal ones by their ids', () => {
  const found = likeliest(Float32Array.of(0.1, 0.4, 0.1, 0.25, 0.1, 0.05), 4);
  expect(found.map(({ token }) => token)).toEqual([1, 3, 0, 2]);
  expect(likeliest(Float32Array.of(0.5, 0.5), 9)).toHaveLength(2);
});
