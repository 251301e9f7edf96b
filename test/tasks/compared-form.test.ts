/** Texts, labels and tags are compared in NFC, and by case as the recipe says, in training and by `heddle evaluate` alike. */
import { cp, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateFiles } from '../../src/tasks/verbs/evaluate.ts';
import type { TrainResult } from '../../src/tasks/verbs/train-recipe.ts';
import { SmallRun } from './small-run.ts';
import {
  dateSample,
  entitySample,
  feelingLines,
  feelingSample,
  shortSample,
  spellingSample,
  type TaskSample,
} from './task-sample.ts';
import { entityLines, taggedSentences } from './token-classification/tagged-lines.ts';

const answer = 'Ja ΟΔΟΣ: 하나, 둘.';
const sources = Array.from({ length: 40 }, (_, i) => `카페 Frage ${i % 7}`);

/** The samples' files with one answer to everything, as each of them lays its pairs out. */
const layouts: Readonly<Record<string, (sources: readonly string[], target: string) => Record<string, string>>> = {
  translation: (texts, target) => ({ source: texts.join('\n'), target: texts.map(() => target).join('\n') }),
  summarization: (texts, target) => ({
    csv: ['long,short', ...texts.map((text) => `"${text}","${target}"`)].join('\n'),
  }),
  'text2text-generation': (texts, target) => ({
    jsonl: texts.map((word) => JSON.stringify({ word, phones: target })).join('\n'),
  }),
};

/** A sample that learns to give one answer, its texts in a Unicode form. */
function oneAnswer(sample: TaskSample, form: 'NFC' | 'NFD'): TaskSample {
  const files = layouts[sample.task](
    sources.map((text) => text.normalize(form)),
    answer.normalize(form),
  );
  const all = ['train', 'validation', 'test'].flatMap((split) =>
    Object.entries(files).map(([ending, text]) => [`${split}.${ending}`, text]),
  );
  return { ...sample, files: Object.fromEntries(all) };
}

const learning = [
  'train.max_steps=90',
  'train.learning_rate=1.5e-2',
  'train.eval_steps=90',
  'train.save_steps=90',
  'train.predict_with_generate=true',
  'generation.max_new_tokens=24',
];

const scoresOf = (metrics: TrainResult['metrics'], prefix: string) =>
  Object.fromEntries(
    Object.entries(metrics)
      .filter(([name]) => name.startsWith(`${prefix}_`) && !/_(runtime|samples|loss)$/.test(name))
      .map(([name, value]) => [name.slice(prefix.length + 1), value]),
  );

const perfect = {
  translation: { exact_match: 1, bleu: expect.closeTo(100, 9), chrf: 100 },
  summarization: { exact_match: 1, bleu: expect.closeTo(100, 9), chrf: 100, rouge1: 1, rougeL: 1 },
  'text2text-generation': { exact_match: 1, chrf: 100, word_error_rate: 0 },
};

describe.each([
  [dateSample, []],
  [shortSample, []],
  [spellingSample, ['tokenizer.target={ kind: char }', 'train.unit=character']],
] as const)('$task', (sample, own) => {
  const composed = { run: undefined as SmallRun | undefined };
  const decomposed = { run: undefined as SmallRun | undefined };
  const task = sample.task as keyof typeof perfect;
  const settings = [...learning, ...own, ...(task === 'text2text-generation' ? [] : ['train.bleu_tokenize=char'])];
  let results: { readonly composed: TrainResult; readonly decomposed: TrainResult };
  beforeAll(async () => {
    composed.run = await SmallRun.make(oneAnswer(sample, 'NFC'));
    decomposed.run = await SmallRun.make(oneAnswer(sample, 'NFD'));
    results = {
      composed: await composed.run.train('run', settings),
      decomposed: await decomposed.run.train('run', settings),
    };
  });
  afterAll(async () => {
    await composed.run?.remove();
    await decomposed.run?.remove();
  });
  const score = async (run: SmallRun, data: SmallRun, options: object = {}) => {
    const files = sample.test.map((file) => data.at('data', file));
    return scoresOf((await evaluateFiles(run.at('run'), { data: files, settings: [], ...options })).metrics, 'eval');
  };

  test('is scored alike on data in composed and in decomposed form, in training and at its end', () => {
    for (const prefix of ['eval', 'test']) {
      expect(scoresOf(results.composed.metrics, prefix)).toMatchObject(perfect[task]);
      expect(scoresOf(results.decomposed.metrics, prefix)).toEqual(scoresOf(results.composed.metrics, prefix));
    }
    const evaluation = results.decomposed.state.log_history.find((entry) => 'eval_loss' in entry);
    expect(evaluation).toMatchObject({ eval_exact_match: 1, eval_chrf: 100 });
  });

  test('is scored by heddle evaluate on either form as by the run itself', async () => {
    const [run, other] = [composed.run as SmallRun, decomposed.run as SmallRun];
    const own = scoresOf(results.composed.metrics, 'test');
    expect(await score(run, run)).toEqual(own);
    expect(await score(run, other)).toEqual(own);
  });

  test('that lower-cases what it writes is compared without case, by the run and by heddle evaluate', async () => {
    const run = composed.run as SmallRun;
    const { metrics } = await run.train('lower', [...settings, 'tokenizer.lowercase=true']);
    const files = sample.test.map((file) => run.at('data', file));
    const { metrics: again } = await evaluateFiles(run.at('lower'), { data: files, settings: [] });
    expect(scoresOf(metrics, 'test')).toMatchObject(perfect[task]);
    expect(scoresOf(again, 'eval')).toEqual(scoresOf(metrics, 'test'));
  });
});

describe('labels', () => {
  const named = (form: 'NFC' | 'NFD', seed: number, count: number) =>
    feelingLines(count, seed).map((line) =>
      line.replace(/good$/, '긍정'.normalize(form)).replace(/bad$/, 'négatif'.normalize(form)),
    );
  const names = { 0: 'négatif', 1: '긍정' };
  const steps = ['train.max_steps=80', 'train.learning_rate=1e-2', 'train.eval_steps=80', 'train.save_steps=80'];
  let run: SmallRun;
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const note = (count: number) =>
    `data: ${count} labels are written in several Unicode forms; each is counted as one, in NFC: négatif, 긍정`;
  beforeAll(async () => {
    const mixed = [...named('NFC', 1, 100), ...named('NFD', 5, 100)];
    run = await SmallRun.make({
      ...feelingSample,
      files: {
        'train.tsv': mixed.join('\n'),
        'validation.tsv': named('NFD', 2, 12).join('\n'),
        'test.tsv': named('NFD', 3, 12).join('\n'),
        'composed.tsv': named('NFC', 3, 12).join('\n'),
        // Every text has 긍정 in both forms, or négatif and 긍정.
        'many.tsv': mixed.map((line, i) => `${line}|${'긍정'.normalize(i < 100 ? 'NFD' : 'NFC')}`).join('\n'),
      },
    });
    await run.train('single', steps, { say });
  });
  afterAll(() => run?.remove());

  test('that are one in NFC are one label, kept in NFC, and reported', async () => {
    expect((await run.json('single/config.json')).id2label).toEqual(names);
    expect(said).toContain(note(2));
    expect((await run.json('single/eval_results.json')).test_accuracy).toBe(1);
  });

  test('of a text with many are one each, too', async () => {
    said.length = 0;
    const data = 'data={ train: { file: many.tsv }, validation: { file: many.tsv }, label_separator: "|" }';
    const settings = [...steps, 'model.problem_type=multi_label_classification', data, `data.root=${run.at('data')}`];
    await run.train('many', settings, { say });
    expect((await run.json('many/config.json')).id2label).toEqual(names);
    expect(said).toContain(note(2));
  });

  test.each(['test.tsv', 'composed.tsv'])(
    'of %s are the model’s whatever their form, also of a model that has them decomposed',
    async (file) => {
      const data = [run.at('data', file)];
      const accuracy = async (out: string) =>
        (await evaluateFiles(run.at(out), { data, settings: [] })).metrics.eval_accuracy;
      expect(await accuracy('single')).toBe(1);
      await cp(run.at('single'), run.at('decomposed'), { recursive: true });
      const config = await readFile(run.at('single/config.json'), 'utf8');
      await run.write('decomposed/config.json', config.normalize('NFD'));
      expect(await accuracy('decomposed')).toBe(1);
    },
  );

  test('that a recipe names itself are those of the data in either form and any order, or refused', async () => {
    const [first, second] = ['négatif', '긍정'].map((name) => name.normalize('NFD'));
    const named = (ids: readonly number[]) => `model.label2id={ "${second}": ${ids[1]}, "${first}": ${ids[0]} }`;
    const labels = [`model.id2label={ 1: "${second}", 0: "${first}" }`, named([0, 1])];
    const short = ['train.max_steps=1', ...labels, `data.root=${run.at('data')}`];
    await run.train('named', short);
    expect(await run.json('named/config.json')).toMatchObject({ id2label: names, label2id: { négatif: 0, 긍정: 1 } });
    await expect(run.train('misnamed', [...short, named([1, 0])])).rejects.toThrow(
      /label2id: expected {"négatif":0,"긍정":1}, which follows from the data, got/,
    );
  });

  test('of a model that has one in two forms are refused', async () => {
    await cp(run.at('single'), run.at('twice'), { recursive: true });
    const config = await run.json('single/config.json');
    const twice = ['긍정'.normalize('NFD'), '긍정'];
    const fields = { id2label: { ...twice }, label2id: { [twice[0]]: 0, [twice[1]]: 1 } };
    await run.write('twice/config.json', JSON.stringify({ ...config, ...fields }));
    const scored = evaluateFiles(run.at('twice'), { data: [run.at('data/test.tsv')], settings: [] });
    await expect(scored).rejects.toThrow(/expected labels that differ in NFC, got "긍정" twice/);
  });
});

describe('tags', () => {
  const places = (lines: string, form: 'NFC' | 'NFD') => lines.replaceAll('-LC', '-장소'.normalize(form));
  const tagged = (seed: number, count: number, form: 'NFC' | 'NFD') =>
    places(entityLines(taggedSentences(count, seed)), form);
  const steps = ['train.max_steps=120', 'train.eval_steps=60', 'train.save_steps=120', 'train.learning_rate=0.02'];

  test('are kept in NFC, merged with a report, and compared whatever their form', async () => {
    const run = await SmallRun.make({
      ...entitySample,
      files: {
        'train.tsv': `${tagged(1, 100, 'NFC')}\n${tagged(5, 100, 'NFD')}`,
        'validation.tsv': tagged(2, 12, 'NFD'),
        'test.tsv': tagged(3, 20, 'NFD'),
        'composed.tsv': tagged(3, 20, 'NFC'),
      },
    });
    const said: string[] = [];
    const { metrics } = await run.train('run', steps, { say: (message) => void said.push(message) });
    expect(said).toContain(
      'data: 2 tags are written in several Unicode forms; each is counted as one, in NFC: B-장소, I-장소',
    );
    expect(metrics.test_f1).toBeGreaterThan(0.95);
    const config = await readFile(run.at('run/config.json'), 'utf8');
    expect(config).toBe(config.normalize('NFC'));
    await cp(run.at('run'), run.at('decomposed'), { recursive: true });
    await run.write('decomposed/config.json', config.normalize('NFD'));
    for (const out of ['run', 'decomposed']) {
      for (const file of ['test.tsv', 'composed.tsv']) {
        const { metrics: again } = await evaluateFiles(run.at(out), { data: [run.at('data', file)], settings: [] });
        expect([out, file, again.eval_f1]).toEqual([out, file, metrics.test_f1]);
      }
    }
    await run.remove();
  });
});
