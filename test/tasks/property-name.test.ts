/** Names that every object of JavaScript has are text like any other, wherever a file may hold them. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipeline } from '../../src/tasks/index.ts';
import { evaluateFiles } from '../../src/tasks/verbs/evaluate.ts';
import { runningSample } from './running-sample.ts';
import { SmallRun } from './small-run.ts';
import { dateSample, entitySample, feelingSample } from './task-sample.ts';

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
const learning = ['train.max_steps=60', 'train.learning_rate=2e-2', 'train.eval_steps=60', 'train.save_steps=60'];

/** Forty times each name. */
const many = names.flatMap((name) => Array.from({ length: 40 }, () => name));

const scoresOf = (metrics: Readonly<Record<string, unknown>>, prefix: string) =>
  Object.fromEntries(
    Object.entries(metrics)
      .filter(([name]) => name.startsWith(`${prefix}_`) && !/_(runtime|samples)$/.test(name))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );

/** The same scores up to the digits in which passes over batches of other sizes may differ. */
const about = (scores: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(scores).map(([name, value]) => [name, typeof value === 'number' ? expect.closeTo(value, 4) : value]),
  );

describe('labels, words and columns named like members of objects', () => {
  let run: SmallRun;
  beforeAll(async () => {
    run = await SmallRun.make(feelingSample);
    await run.write(
      'data/train.jsonl',
      many.map((name) => JSON.stringify({ constructor: `the ${name}`, toString: name })).join('\n'),
    );
    await run.write(
      'data/test.csv',
      ['toString,constructor', ...names.map((name) => `${name},the ${name}`)].join('\n'),
    );
  });
  afterAll(() => run?.remove());

  const columns = 'columns: { text: constructor, label: toString }';
  const data = () =>
    `data={ root: "${run.at('data')}", train: { file: train.jsonl, ${columns} }, validation: { file: test.csv, ${columns} }, test: { file: test.csv, ${columns} } }`;

  test.each(['word', 'bpe'])('are learnt by a classifier of %s tokens, evaluated and predicted', async (kind) => {
    const { metrics } = await run.train(kind, [data(), ...learning, `tokenizer={ kind: ${kind}, vocab_size: 300 }`]);
    expect(metrics).toMatchObject({ test_accuracy: 1, test_f1: 1, eval_accuracy: 1 });
    const config = JSON.parse(await readFile(run.at(kind, 'config.json'), 'utf8'));
    expect(Object.entries(config.label2id)).toEqual(names.toSorted().map((name, id) => [name, id]));
    const again = await evaluateFiles(run.at(kind), { data: [run.at('data/test.csv')], settings: [] });
    expect(scoresOf(again.metrics, 'eval')).toEqual(about(scoresOf(metrics, 'test')));
    const classify = await pipeline('text-classification', run.at(kind));
    expect((await classify(names.map((name) => `the ${name}`))).map(({ label }) => label)).toEqual(names);
    await classify.dispose();
  });

  test('are several labels of a text', async () => {
    const rows = many.map((name, i) => `the ${name}\t${i % 2 ? name : `${name}|both`}`);
    await run.write('data/several.tsv', rows.join('\n'));
    const entry = `data={ root: "${run.at('data')}", train: { file: several.tsv }, test: { file: several.tsv }, label_separator: "|" }`;
    const { metrics } = await run.train('several', [
      entry,
      ...learning,
      'train.eval_steps=null',
      'tokenizer={ kind: word }',
    ]);
    expect(metrics.test_f1).toBeGreaterThan(0.7);
  });
});

describe('tags and words named like members of objects', () => {
  let run: SmallRun;
  beforeAll(async () => {
    run = await SmallRun.make(entitySample);
  });
  afterAll(() => run?.remove());

  const train = async (out: string, tag: (name: string) => string, ...more: string[]) => {
    const file = names.flatMap((name) => Array.from({ length: 20 }, () => `a\tO\n${name}\t${tag(name)}\n`)).join('\n');
    await run.write('data/named.tsv', file);
    const vectors = names.map((name, i) => [name, ...Array.from({ length: 12 }, (_, j) => Number(i === j))].join(' '));
    await run.write('data/vectors.txt', vectors.join('\n'));
    const entry = '{ file: named.tsv }';
    const settings = [`data={ root: "${run.at('data')}", train: ${entry}, validation: ${entry}, test: ${entry} }`];
    const { metrics } = await run.train(out, [
      ...settings,
      ...learning,
      'train.word_dropout=0',
      'tokenizer.lowercase=false',
      ...more,
    ]);
    const again = await evaluateFiles(run.at(out), { data: [run.at('data/named.tsv')], settings: [] });
    expect(scoresOf(again.metrics, 'eval')).toEqual(about(scoresOf(metrics, 'test')));
    const tagger = await pipeline('token-classification', run.at(out));
    const found = await tagger(`a ${names.join(' a ')}`, { ignore_labels: ['O'] });
    await tagger.dispose();
    return { metrics, found };
  };

  test.each([
    ['words', 'tokenizer.kind=word'],
    ['words-vectors', 'tokenizer.vectors=vectors.txt'],
    [
      'pieces',
      'tokenizer={ kind: bpe, vocab_size: 300 }',
      'model.character_embedding_size=null',
      'model.character_hidden_size=null',
    ],
  ])('are learnt by a tagger of %s, evaluated and predicted', async (out, ...settings) => {
    const { metrics, found } = await train(out, (name) => name, ...settings);
    expect(metrics.test_accuracy).toBe(1);
    expect(found).toEqual(names.map((name) => expect.objectContaining({ word: name, entity: name })));
  });

  test('are types of spans', async () => {
    const { metrics, found } = await train('spans', (name) => `B-${name}`);
    expect(metrics).toMatchObject({ test_f1: 1, test_f1_macro: 1 });
    expect(found).toEqual(names.map((name) => expect.objectContaining({ word: name, entity: `B-${name}` })));
  });
});

describe('texts of words named like members of objects', () => {
  test.each(['word', 'bpe', 'char'])('are learnt by a language model of %s tokens', async (kind) => {
    const text = `${many.map((name, i) => `${name} ${names[(i + 1) % 4]}`).join('\n')}\n`;
    const run = await SmallRun.make({
      ...runningSample,
      files: { 'train.txt': text, 'validation.txt': text, 'test.txt': text },
    });
    try {
      const { metrics } = await run.train('run', [`tokenizer={ kind: ${kind}, vocab_size: 300 }`]);
      const again = await evaluateFiles(run.at('run'), { data: [run.at('data/test.txt')], settings: [] });
      expect(again.metrics.eval_loss).toBeCloseTo(Number(metrics.test_loss), 4);
      expect(again.notes).toEqual([]);
    } finally {
      await run.remove();
    }
  });

  test('are translated as any other words are', async () => {
    const translated = async (words: readonly string[]) => {
      const side = `${Array.from({ length: 40 }, () => words.join('\n')).join('\n')}\n`;
      const files = Object.keys(dateSample.files).map((file) => [file, side]);
      const run = await SmallRun.make({ ...dateSample, files: Object.fromEntries(files) });
      try {
        const { metrics } = await run.train('run', [...learning, 'tokenizer={ kind: word, vocab_size: 30 }']);
        const translate = await pipeline('translation', run.at('run'));
        const texts = (await translate(words)).map(({ translation_text }) => translation_text);
        await translate.dispose();
        return { loss: metrics.eval_loss, places: texts.map((text) => words.indexOf(text)) };
      } finally {
        await run.remove();
      }
    };
    const found = await translated(names);
    expect(found).toEqual(await translated(['alpha', 'beta', 'gamma', 'delta']));
    expect(Math.min(...found.places)).toBeGreaterThanOrEqual(0);
  });
});
