/** Words under a tokenizer that cuts them into pieces: the first piece of a word has its tag. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeWhole } from '../../../src/io/whole-file.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { loadModel, pipeline } from '../../../src/tasks/index.ts';
import { nodePlatform } from '../../../src/tasks/platform/node.ts';
import { modelSource } from '../../../src/tasks/platform/platform.ts';
import { rowEvaluator } from '../../../src/tasks/run/row-task.ts';
import { loadTagging } from '../../../src/tasks/token-classification/loaded-tagging.ts';
import { encodeTagged } from '../../../src/tasks/token-classification/tagged-words.ts';
import { taggerTask } from '../../../src/tasks/token-classification/tagger.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { readTokenizer } from '../../../src/text/convert/read-tokenizer.ts';
import { loadTokenizer } from '../../../src/text/tokenizer.ts';
import { SmallRun } from '../small-run.ts';
import { tinyBertFiles } from '../tiny-bert.ts';
import { characterLines, entityLines, taggedSentences } from './tagged-lines.ts';

const pieces =
  'Kim Gu Ada Love ##lace Lee 홍 길 ##동 세 ##종 Grace Hop ##per Se ##oul New York 서 ##울 역 부 ##산 Mount Fu ##ji met saw the film in 에 ##서 만 ##났 ##다 . May';
const letters = [...new Set(pieces.replaceAll('##', '').replaceAll(' ', ''))];
const vocabulary = [
  ...new Set([
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '[MASK]',
    ...pieces.split(' '),
    ...letters,
    ...letters.map((one) => `##${one}`),
  ]),
];

const lines = (name: string, count: number, seed: number) => ({
  [`${name}.tsv`]: entityLines(taggedSentences(count, seed)),
  [`${name}.char`]: characterLines(taggedSentences(count, seed)),
});

let run: SmallRun;
const said: string[] = [];

beforeAll(async () => {
  run = await SmallRun.make({
    recipe: `task: token-classification
data: { train: { file: train.tsv }, test: { file: test.tsv } }
model: { model_name_or_path: base, hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 }
train: { max_steps: 120, learning_rate: 5e-3, per_device_train_batch_size: 16, logging_steps: 40, save_steps: 120 }
`,
    files: { ...lines('train', 200, 1), ...lines('test', 20, 3) },
  });
  const files = new Map(tinyBertFiles({ vocab_size: vocabulary.length, max_position_embeddings: 96, hidden_size: 32 }));
  files.set('vocab.txt', `${vocabulary.join('\n')}\n`);
  files.set('tokenizer_config.json', JSON.stringify({ tokenizer_class: 'BertTokenizer', do_lower_case: false }));
  for (const [name, content] of files) await writeWhole(join(run.at('base'), name), content);
  await run.train('words', [base()], { say: (line) => void said.push(line) });
});
afterAll(() => run?.remove());

const base = () => `model.model_name_or_path=${run.at('base')}`;
const source = (name: string) => modelSource(nodePlatform, run.at(name));

const sentence = ['Ada', 'Lovelace', 'met', '홍', '길동', 'in', 'Seoul', '.'];
const tags = ['B-PS', 'I-PS', 'O', 'B-PS', 'I-PS', 'O', 'B-LC', 'O'];
const text = { sentences: [{ words: sentence, tags }], where: () => 'here', notes: [] };

describe('a BERT that is fine-tuned on tagged words', () => {
  test('reads the tokens that Transformers’ tokenizer gives for a list of words, with labels at their first ones', async () => {
    const { model, reader } = await loadTagging(source('words'));
    const { source: files } = await readTokenizer(source('words').folder);
    const { ids, word_ids } = loadTokenizer(files.json, files.config).encoding(sentence, { is_split_into_words: true });
    expect(ids.length).toBeGreaterThan(sentence.length + 4);
    const [row] = encodeTagged(text, model.model.labels, reader, 32).rows;
    expect(Array.from(row.ids)).toEqual(ids);
    expect(Array.from(row.places)).toEqual(sentence.map((_, word) => word_ids.indexOf(word)));
    expect(Array.from(row.labels, (id) => model.model.labels[id])).toEqual(tags);
  });

  test('has the loss of its class with labels at first pieces and −100 elsewhere', async () => {
    const { model, reader } = await loadTagging(source('words'));
    const set = encodeTagged(text, model.model.labels, reader, 32);
    const evaluator = await rowEvaluator((form) => taggerTask(form, { isOfCharacters: false }), model, nodeBackend());
    const { loss } = await evaluator.score(set, { weights: model.parameters, isFinal: true });
    await evaluator.dispose();
    const [{ ids, places, labels }] = set.rows;
    const all = new Array<number>(ids.length).fill(-100);
    for (const [word, place] of places.entries()) all[place] = labels[word];
    const whole = await loadModel(run.at('words'), { role: 'token-classification' });
    const out = await whole.forward({ input_ids: [Array.from(ids)], labels: [all] });
    expect(out.get('loss')?.data[0]).toBeCloseTo(Number(loss), 5);
    await whole.dispose();
  });

  test('learns spans, is scored again the same, and says what is new', async () => {
    const { test_f1, test_accuracy } = await run.json('words/eval_results.json');
    expect(test_f1).toBeGreaterThan(0.95);
    const { metrics } = await evaluateFiles(run.at('words'), { data: [run.at('data/test.tsv')], settings: [] });
    expect([metrics.eval_f1, metrics.eval_accuracy]).toEqual([test_f1, test_accuracy]);
    expect(said.some((line) => /new weights: classifier\.weight \[5, 32\]/.test(line))).toBe(true);
  });

  test('learns though words are dropped', async () => {
    const { metrics } = await run.train('dropped', [base(), 'train.word_dropout=0.1']);
    expect(metrics.test_f1).toBeGreaterThan(0.9);
  });

  test('gives whole words and spans with their places in the text', async () => {
    const tag = await pipeline('token-classification', run.at('words'));
    const given = 'Ada Lovelace met 홍 길동 in Seoul.';
    const words = await tag(given, { ignore_labels: [] });
    expect(words.map(({ word }) => word)).toEqual(sentence);
    expect(words.map(({ entity }) => entity)).toEqual(tags);
    for (const { word, start, end } of words) expect(given.slice(start, end)).toBe(word);
    const spans = await tag(given, { aggregation_strategy: 'simple' });
    expect(spans.map(({ entity_group, word }) => [entity_group, word])).toEqual([
      ['PS', 'Ada Lovelace'],
      ['PS', '홍 길동'],
      ['LC', 'Seoul'],
    ]);
    const long = Array.from({ length: 30 }, () => 'Lovelace');
    expect(await tag(long, { is_split_into_words: true, ignore_labels: [] })).toHaveLength(30);
    await tag.dispose();
  });
});

describe('characters as words, in pieces', () => {
  const characters = (): string[] => [
    base(),
    'tokenizer.pre_tokenizer=character',
    'data.train.file=train.char',
    'data.test.file=test.char',
    'train.max_steps=200',
    'train.save_steps=200',
  ];

  test('are scored without blanks, and tag every character of a text', async () => {
    const { metrics } = await run.train('characters', characters());
    expect(Object.keys(metrics)).toContain('test_f1_character');
    expect(metrics.test_f1).toBeGreaterThan(0.6);
    const tag = await pipeline('token-classification', run.at('characters'));
    const given = '세종 met 홍 길동';
    const all = await tag(given, { ignore_labels: [] });
    expect(all.map(({ word }) => word).join('')).toBe(given);
    for (const { word, start, end } of all) expect(given.slice(start, end)).toBe(word);
    expect(await tag([...given], { is_split_into_words: true, ignore_labels: [] })).toEqual(all);
    await tag.dispose();
  });

  test('are single characters in the data', async () => {
    const words = ['data.train.file=train.tsv', 'data.test=null'];
    await expect(run.train('refused', [...characters(), ...words])).rejects.toThrow(
      /train\.tsv:\d+: expected one character per line, because characters are the words, got "/,
    );
  });

  test('need the tokenizer of a folder; a new one has kind char', async () => {
    const model = 'model={ model_type: bert, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 }';
    await expect(run.train('refused', [...characters(), model])).rejects.toThrow(
      /pre_tokenizer: expected another than character without model\.model_name_or_path; kind char makes every character a word/,
    );
  });
});
