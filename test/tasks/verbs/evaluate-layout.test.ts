/** `heddle evaluate` reads files as the model's recipe had them read, or as `--set` says, whatever the task. */
import { readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/io/error.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import type { TrainResult } from '../../../src/tasks/verbs/train-recipe.ts';
import { runningSample } from '../running-sample.ts';
import { SmallRun } from '../small-run.ts';
import { dateSample, entitySample, feelingSample, type TaskSample } from '../task-sample.ts';

/** Columns of lines, in another order and between other delimiters. */
const columns = (text: string, write: (cells: readonly string[]) => string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : write(line.split('\t'))))
    .join('\n');

const dates = (split: string): string => {
  const [source, target] = ['source', 'target'].map((side) => dateSample.files[`${split}.${side}`].split('\n'));
  return source.map((text, i) => `${text}\t${target[i]}`).join('\n');
};

interface Case {
  readonly sample: TaskSample;
  /** The recipe's `data`. */
  readonly data: string;
  /** Every file of it as text, by the sample's content with the columns in their usual order. */
  file(content: string): string;
  readonly contents: Readonly<Record<'train' | 'validation' | 'test', string>>;
  /** The test set as no recipe would have it read, and the settings with which it is. */
  readonly other: readonly [file: string, write: (content: string) => string, settings: readonly string[]];
  /** A field of the recorded layout, and what it cannot be. */
  readonly broken: readonly [field: string, value: unknown, message: RegExp];
}

const splits = (sample: TaskSample, ending: string) => ({
  train: sample.files[`train.${ending}`],
  validation: sample.files[`validation.${ending}`],
  test: sample.files[`test.${ending}`],
});

const table = (name: string, layout: string) => `${name}: { file: ${name}.txt, ${layout} }`;
const all = (layout: string) => ['train', 'validation', 'test'].map((name) => table(name, layout)).join(', ');

const cases: readonly Case[] = [
  {
    sample: dateSample,
    data: all('columns: { source: 1, target: 0 }'),
    file: (content) => columns(content, ([source, target]) => `${target}\t${source}`),
    contents: { train: dates('train'), validation: dates('validation'), test: dates('test') },
    other: [
      'other.csv',
      (content) => `from;to\n${columns(content, ([source, target]) => `"${source}";"${target}"`)}\n`,
      ['data.columns={ source: from, target: to }', 'data.delimiter=;'],
    ],
    broken: ['columns', { source: 1, target: 'x', more: 2 }, /columns/],
  },
  {
    sample: feelingSample,
    data: all('delimiter: " ||| ", columns: { text: 1, label: 0 }'),
    file: (content) => columns(content, ([text, label]) => `${label} ||| ${text}`),
    contents: splits(feelingSample, 'tsv'),
    other: [
      'other',
      (content) => columns(content, ([t, label]) => JSON.stringify({ t, label })),
      ['data.format=jsonl', 'data.delimiter=null', 'data.columns.text=t', 'data.columns.label=label'],
    ],
    broken: ['header', 'perhaps', /header: expected true or false, got "perhaps"/],
  },
  {
    sample: entitySample,
    data: all('columns: { word: 2, tag: 0 }'),
    file: (content) => columns(content, ([word, tag]) => `${tag}\t_\t${word}`),
    contents: splits(entitySample, 'tsv'),
    other: [
      'other.conllu',
      (content) => columns(content, ([word, tag]) => `${word}\t${tag}`),
      ['data.format=conll', 'data.columns.word=0', 'data.columns.tag=1'],
    ],
    broken: ['columns', { word: 'second', tag: 0 }, /columns\.word: expected a whole number, got "second"/],
  },
  {
    sample: runningSample,
    data: 'train: train.txt, validation: validation.txt, test: test.txt, documents: lines',
    file: (content) => content,
    contents: splits(runningSample, 'txt'),
    other: ['other.txt', (content) => content, ['data.documents=lines', 'train.block_size=32']],
    broken: ['documents', 'pages', /documents: expected one of text, lines, got "pages"/],
  },
];

describe.each(cases)('$sample.task', ({ sample, data, file, contents, other, broken }) => {
  let run: SmallRun;
  let whole: TrainResult;
  beforeAll(async () => {
    const files = Object.fromEntries(Object.entries(contents).map(([name, text]) => [`${name}.txt`, file(text)]));
    run = await SmallRun.make({ ...sample, files });
    const settings = [`data={ root: "${run.at('data')}", ${data} }`];
    whole = await run.train(
      'run',
      [...settings, 'train.predict_with_generate=true'].slice(0, sample === dateSample ? 2 : 1),
    );
  });
  afterAll(() => run?.remove());

  const evaluate = (name: string, ...settings: readonly string[]) =>
    evaluateFiles(run.at('run'), { data: [run.at('data', name)], settings });

  const isTest = async (scored: ReturnType<typeof evaluate>): Promise<void> => {
    const { metrics } = await scored;
    const shared = Object.entries(metrics).filter(
      ([name]) => name !== 'eval_runtime' && name.replace(/^eval/, 'test') in whole.metrics,
    );
    expect(shared.length).toBeGreaterThan(2);
    for (const [name, value] of shared) {
      const before = whole.metrics[name.replace(/^eval/, 'test')];
      if (typeof value === 'number') expect(value, name).toBeCloseTo(Number(before), 5);
      else expect(value, name).toBe(before);
    }
  };

  test('reads a file as the recipe had its test set read', () => isTest(evaluate('test.txt')));

  test('reads a file of another layout as --set says', async () => {
    const [name, write, settings] = other;
    await run.write(`data/${name}`, write(contents.test));
    await isTest(evaluate(name, ...settings));
  });

  test('refuses unknown and invalid settings of data', async () => {
    await expect(evaluate('test.txt', 'data.colums=1')).rejects.toThrow(/--set: unknown field "colums" in data/);
    await expect(evaluate('test.txt', 'data.colums=null')).rejects.toThrow(/--set: unknown field "colums" in data/);
    await expect(evaluate('test.txt', 'data.max_unpacked_bytes=some')).rejects.toThrow(
      /--set: data\.max_unpacked_bytes: expected a whole number, got "some"/,
    );
    await expect(evaluate('test.txt', 'dta.columns=1')).rejects.toThrow(/"?dta/);
  });

  test('limits what gzip may hold, as the setting says', async () => {
    await run.write('data/packed.txt.gz', gzipSync(file(contents.test)));
    await isTest(evaluate('packed.txt.gz', 'data.max_unpacked_bytes=100000'));
    await expect(evaluate('packed.txt.gz', 'data.max_unpacked_bytes=10')).rejects.toThrow(
      /packed\.txt\.gz: expected at most 10 bytes of text when unpacked, got more/,
    );
  });

  test('reports what it skips in a file, as training does', async () => {
    const [first, ...rest] = file(contents.test).trimEnd().split('\n');
    const isTagged = sample.task === 'token-classification';
    const extra = isTagged ? '# a comment' : '';
    const skipped = isTagged ? '2 comments skipped' : '2 blank lines skipped';
    await run.write('data/more.txt', [extra, first, extra, ...rest].join('\n'));
    const { notes } = await evaluate('more.txt');
    expect(notes).toEqual([`data ${run.at('data/more.txt')}: ${skipped}`]);
    const said: string[] = [];
    const settings = [`data={ root: "${run.at('data')}", ${data.replace('test.txt', 'more.txt')} }`];
    await run.train('more', [...settings, 'train.max_steps=1'], { say: (line) => void said.push(line) });
    expect(said.filter((line) => line.includes('skipped'))).toEqual([`data more.txt: ${skipped}`]);
  });

  test('refuses a recorded layout that it cannot read, instead of guessing', async () => {
    const [field, value, message] = broken;
    const path = run.at('run/heddle.json');
    const before = await readFile(path, 'utf8');
    const recorded = JSON.parse(before);
    const { test: entry } = recorded.recipe.data;
    if (typeof entry === 'string') recorded.recipe.data[field] = value;
    else entry[field] = value;
    await writeFile(path, JSON.stringify(recorded));
    try {
      await expect(evaluate('test.txt')).rejects.toThrow(/heddle\.json/);
      await expect(evaluate('test.txt')).rejects.toThrow(message);
    } finally {
      await writeFile(path, before);
    }
  });
});

describe('two files', () => {
  let run: SmallRun;
  beforeAll(async () => {
    run = await SmallRun.make(dateSample);
    await run.train('run', ['train.max_steps=1', 'train.save_steps=1', 'train.eval_steps=1']);
  });
  afterAll(() => run?.remove());

  test('have no columns to set', async () => {
    const data = ['test.source', 'test.target'].map((name) => run.at('data', name));
    const scored = (setting: string) => evaluateFiles(run.at('run'), { data, settings: [setting] });
    const fields = { columns: '{ source: 1, target: 0 }', format: 'csv', delimiter: '";"', header: 'true' };
    for (const [name, value] of Object.entries(fields)) {
      await expect(scored(`data.${name}=${value}`)).rejects.toThrow(
        `--set: data.${name}: not used with two files, only with a table; remove it`,
      );
    }
    await expect(scored('data.columns.source=1')).rejects.toThrow(/--set: data.columns: not used with two files/);
  });

  test('are expected, or one at least', async () => {
    await expect(evaluateFiles(run.at('run'), { data: [], settings: [] })).rejects.toThrow(
      new InputError('evaluate --data: expected a file, got none'),
    );
  });

  test('are two, not one that is source and target', async () => {
    const source = run.at('data/test.source');
    await expect(evaluateFiles(run.at('run'), { data: [source, source], settings: [] })).rejects.toThrow(
      new InputError(`evaluate --data: expected two different files, got ${source} twice`),
    );
  });

  test('of a recipe say nothing of a table, whose columns are the first two', async () => {
    await run.write('data/pairs.tsv', dates('test'));
    const { metrics } = await evaluateFiles(run.at('run'), { data: [run.at('data/pairs.tsv')], settings: [] });
    expect(metrics.eval_samples).toBe(8);
  });
});
