import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipeline, type TextClassificationPipeline } from '../../../src/tasks/index.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { SmallRun } from '../small-run.ts';
import { feelingLines, feelingSample } from '../task-sample.ts';

let run: SmallRun;
beforeAll(async () => {
  run = await SmallRun.make(feelingSample);
});
afterAll(() => run?.remove());

const learning = ['train.max_steps=80', 'train.learning_rate=1e-2', 'train.eval_steps=80', 'train.save_steps=80'];
const unseen = [...learning, 'train.eval_steps=null'];

/** What `heddle predict` writes for lines, and its notes. */
async function predicted(folder: string, ...lines: readonly string[]) {
  let text = '';
  const notes: string[] = [];
  await predictLines(run.at(folder), {
    ...{ json: false, settings: [], stdin: Readable.from([Buffer.from(lines.map((line) => `${line}\n`).join(''))]) },
    print: async (more) => void (text += more),
    note: (line) => void notes.push(line),
  });
  return { out: text.split('\n').slice(0, -1), notes };
}

describe('a classifier', () => {
  let classify: TextClassificationPipeline;
  beforeAll(async () => {
    await run.train('learnt', learning);
    classify = await pipeline('text-classification', run.at('learnt'));
  });
  afterAll(() => classify?.dispose());

  test('learns the telling words', async () => {
    const { metrics } = await evaluateFiles(run.at('learnt'), { data: [run.at('data/test.tsv')], settings: [] });
    expect(metrics).toMatchObject({ eval_accuracy: 1, eval_f1: 1, eval_f1_micro: 1, eval_samples: 8 });
    expect(metrics.eval_loss).toBeLessThan(0.2);
    expect(await classify('영화가 정말 좋다')).toEqual([{ label: 'good', score: expect.closeTo(1, 1) }]);
  });

  test('gives what transformers.js gives: the best of each, or top_k of each', async () => {
    const texts = ['a lovely film', 'a dull film'];
    const best = await classify(texts);
    expect(best.map(({ label }) => label)).toEqual(['good', 'bad']);
    const all = await classify(texts, { top_k: null });
    expect(all).toHaveLength(2);
    const [first, second] = all[0] as { label: string; score: number }[];
    expect([first, second].map(({ label }) => label)).toEqual(['good', 'bad']);
    expect(first.score + second.score).toBeCloseTo(1, 6);
    expect(await classify(texts[0], { top_k: 5 })).toEqual(all[0]);
    expect(await classify(texts, { top_k: 1 })).toEqual(best);
  });

  test('takes an empty text for one like any other', async () => {
    const [empty] = await classify(['']);
    expect(empty.score).toBeGreaterThan(0.4);
  });

  test('is also available under the alias of transformers.js', async () => {
    const other = await pipeline('sentiment-analysis', run.at('learnt'));
    expect(other.task).toBe('text-classification');
    const [{ label }] = await other('a lovely film');
    expect(label).toBe('good');
    await other.dispose();
  });

  test('cuts a long text and says so, or refuses it when cutting is off', async () => {
    const long = 'film '.repeat(80);
    const [cut, short] = await classify([long, 'a lovely film']);
    expect(cut).toEqual({ label: expect.any(String), score: expect.any(Number), is_truncated: true });
    expect(Object.keys(short)).toEqual(['label', 'score']);
    const all = await classify([long], { top_k: null });
    expect(all[0].map((score) => Reflect.get(score, 'is_truncated'))).toEqual([true, true]);
    await expect(classify(long, { truncation: false })).rejects.toThrow(
      /expected at most 64 tokens, got \d+, at text 0/,
    );
  });

  test('refuses anything but texts, and a top_k that is not a number', async () => {
    // @ts-expect-error: the compiler knows that texts are strings
    await expect(classify([null])).rejects.toThrow(/expected a text or a pair \{ text, text_pair \}, got null, at 0/);
    // @ts-expect-error
    await expect(classify([7])).rejects.toThrow(/expected a text or a pair \{ text, text_pair \}, got number, at 0/);
    // @ts-expect-error: or one of them
    await expect(classify(7)).rejects.toThrow(/expected a text or a pair \{ text, text_pair \}, got number/);
    await expect(classify('a', { topk: 2 } as object)).rejects.toThrow(
      /text-classification: unknown option "topk"; did you mean "top_k"\?/,
    );
    await expect(classify('a', { top_k: 0 })).rejects.toThrow(/top_k: expected a whole number ≥ 1 or null, got 0/);
  });
});

describe('a recurrent encoder, class weights, smoothing, a limit of texts a batch', () => {
  test('train as well', async () => {
    const model =
      'model={ model_type: recurrent_encoder, hidden_size: 12, embedding_size: 12, pooling: last, dropout: 0 }';
    const { metrics } = await run.train('recurrent', [
      ...learning,
      model,
      'train.class_weights=balanced',
      'train.label_smoothing_factor=0.05',
      'train.per_device_train_batch_size=16',
      'train.gradient_accumulation_steps=2',
      'train.metric_for_best_model=f1',
    ]);
    expect(metrics.test_accuracy).toBe(1);
  });
});

describe('any number of labels', () => {
  test('are learnt independently, split at their separator and written together', async () => {
    const lines = feelingLines(200, 4).map((line, i) => {
      const isLong = i % 3 === 0;
      const [text, feeling] = line.split('\t');
      return `${text}${isLong ? ' long long' : ''}\t${isLong ? `${feeling}|long` : i % 3 === 1 ? feeling : feeling}`;
    });
    await run.write('data/many.tsv', [...lines, 'the film was\t', 'a film\t'].join('\n'));
    const settings = [
      ...unseen,
      'model.problem_type=multi_label_classification',
      'model.pooling=max',
      'data={ train: { file: many.tsv }, test: { file: many.tsv }, label_separator: "|" }',
      `data.root=${run.at('data')}`,
    ];
    const { metrics } = await run.train('many', settings);
    expect(metrics.test_f1_micro).toBeGreaterThan(0.9);
    expect(metrics.test_exact_match).toBeGreaterThan(0.8);
    expect(await run.json('many', 'config.json')).toMatchObject({ id2label: { 0: 'bad', 1: 'good', 2: 'long' } });
    const again = await evaluateFiles(run.at('many'), { data: [run.at('data/many.tsv')], settings: [] });
    expect(again.metrics.eval_f1_micro).toBeCloseTo(Number(metrics.test_f1_micro), 6);
  });

  test('are what a separator asks for, without problem_type', async () => {
    await run.write('data/genres.tsv', 'a\tplot|music\nb\tplot\nc\t\n'.repeat(4));
    const settings = [
      'train.max_steps=1',
      'train.eval_steps=null',
      'data={ train: { file: genres.tsv }, test: { file: genres.tsv }, label_separator: "|" }',
      `data.root=${run.at('data')}`,
    ];
    const { metrics } = await run.train('genres', settings);
    expect(await run.json('genres', 'config.json')).toMatchObject({
      problem_type: 'multi_label_classification',
      id2label: { 0: 'music', 1: 'plot' },
    });
    const data = [run.at('data/genres.tsv')];
    const again = await evaluateFiles(run.at('genres'), { data, settings: [] });
    expect(again.metrics.eval_f1).toBeCloseTo(Number(metrics.test_f1), 6);
    await run.write('data/commas.tsv', 'a\tplot,music\n');
    const commas = { data: [run.at('data/commas.tsv')], settings: ['data.label_separator=","'] };
    expect((await evaluateFiles(run.at('genres'), commas)).metrics.eval_samples).toBe(1);
  });
});

describe('a text', () => {
  test('without a likely label has an empty line, and a note that names the likeliest', async () => {
    await run.write('data/none.tsv', 'a\tplot|music\nb\tplot\nc\t\n'.repeat(12));
    const entry = 'data={ train: { file: none.tsv }, label_separator: "|" }';
    const steps = ['train.max_steps=80', 'train.eval_steps=null', 'train.learning_rate=1e-2'];
    await run.train('none', [...steps, entry, `data.root=${run.at('data')}`]);
    const { out, notes } = await predicted('none', 'a', '', 'c');
    expect(out).toEqual([expect.stringMatching(/^(plot,music|music,plot)$/), '', '']);
    expect(notes).toEqual([
      expect.stringMatching(/^stdin:3: no label reaches 0\.5; the likeliest is (plot|music), 0\.\d{3}$/),
    ]);
  });

  test('of a million characters is named before it is read', async () => {
    const said: string[] = [];
    const short = 'a lovely film\n';
    await predictLines(run.at('learnt'), {
      ...{
        json: false,
        settings: [],
        stdin: Readable.from([Buffer.from(`${short}${'dull '.repeat(200_000)}\n${short}`)]),
      },
      print: async (more) => void said.push(...more.trim().split('\n')),
      note: (line) => void said.push(line),
    });
    expect(said[0]).toBe('stdin:2: one text of 1000000 characters, which may take long');
    expect(said.filter((line) => !line.includes(':'))).toEqual(['good', 'bad', 'good']);
  });

  test('with a label that no other has is named, such as a header that counts as a row', async () => {
    await run.write('data/headed.csv', `review,opinion\n${'a lovely film,good\na dull film,bad\n'.repeat(4)}`);
    const said: string[] = [];
    const entry = ['data={ train: { file: headed.csv } }', `data.root=${run.at('data')}`];
    const say = (line: string) => void said.push(line);
    await run.train('headed', ['train.max_steps=1', 'train.eval_steps=null', ...entry], { say });
    expect(said).toContain(
      'data: 1 of 3 labels has a single text: "opinion" at headed.csv:1; if the first row is a header, set header: true',
    );
  });

  test('without tokens is classified as its special tokens, and the result says so', async () => {
    const classify = await pipeline('text-classification', run.at('learnt'));
    const [text, blank] = await classify(['a lovely film', ' ']);
    await classify.dispose();
    expect(text).not.toHaveProperty('is_empty');
    expect(blank).toMatchObject({ is_empty: true, label: expect.any(String) });
  });
});

describe('a run of earlier code, which kept data.label_separator without effect,', () => {
  const separated = 'data.label_separator=","';
  const longer = ['train.max_steps=4', 'train.eval_steps=2'];
  beforeAll(async () => {
    await run.train('separated', ['train.max_steps=2', 'train.eval_steps=2']);
    const file = await run.json('separated', 'heddle.json');
    file.recipe.data.label_separator = ',';
    await run.write('separated/heddle.json', JSON.stringify(file));
  });

  test('does not become one of any number of labels', async () => {
    await expect(run.train('separated', [...longer, separated], { resume: true })).rejects.toThrow(
      /separated\/checkpoint-2: a resumed training needs the values it began with: problem_type was single_label_classification, got multi_label_classification$/,
    );
  });

  test('continues when the field is removed', async () => {
    expect((await run.train('separated', longer, { resume: true })).state.global_step).toBe(4);
    expect(await run.json('separated', 'config.json')).toMatchObject({ problem_type: 'single_label_classification' });
  });
});

describe('labels that are numbers of JSON', () => {
  test('are as many as are written in different ways, which is said, and are in the order of their values', async () => {
    const labels = [
      '1234567890123456782',
      '1234567890123456781',
      '12345678901234567820e-1',
      '-0',
      '0',
      '1',
      '1.0',
      '0.10',
      '0.1e0',
    ];
    const lines = labels.map((label) => `{"text": "a film", "label": ${label}}`);
    await run.write('data/numbers.jsonl', lines.join('\n'));
    const whole = ['1234567890123456782', '1234567890123456781', '-1234567890123456781', '-1234567890123456782'];
    await run.write('data/whole.jsonl', whole.map((label) => `{"text": "a film", "label": ${label}}`).join('\n'));
    const said: string[] = [];
    const train = (file: string) =>
      run.train(
        file,
        [
          `data={ root: "${run.at('data')}", train: { file: ${file}, columns: { text: text, label: label } } }`,
          'train.max_steps=1',
          'train.eval_steps=null',
        ],
        { say: (line) => void said.push(line) },
      );
    await train('numbers.jsonl');
    expect(Object.values((await run.json('numbers.jsonl', 'config.json')).id2label)).toEqual(labels.toSorted());
    expect(said.find((line) => line.includes('equal numbers'))).toBe(
      'data: labels that are equal numbers in different forms are different labels: -0 and 0; 0.10 and 0.1e0; 1 and 1.0; ' +
        '1234567890123456782 and 12345678901234567820e-1',
    );
    await train('whole.jsonl');
    expect(Object.values((await run.json('whole.jsonl', 'config.json')).id2label)).toEqual([
      '-1234567890123456782',
      '-1234567890123456781',
      '1234567890123456781',
      '1234567890123456782',
    ]);
  });
});

describe('a number for a text', () => {
  test('is learnt: how many times a word occurs', async () => {
    const lines = Array.from(
      { length: 120 },
      (_, i) => `${'a '.repeat(1 + (i % 4))}${'film '.repeat(i % 3)}\t${(i % 4) - 1.5}`,
    );
    await run.write('data/numbers.tsv', lines.join('\n'));
    const settings = [
      ...unseen,
      'model.problem_type=regression',
      'model.dropout=0',
      'tokenizer={ kind: word }',
      'data={ train: { file: numbers.tsv }, test: { file: numbers.tsv } }',
      `data.root=${run.at('data')}`,
    ];
    const { metrics } = await run.train('numbers', settings);
    expect(metrics.test_pearson).toBeGreaterThan(0.9);
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining(['test_mse', 'test_mae', 'test_spearman']));
    const rate = await pipeline('text-classification', run.at('numbers'));
    const [low, high] = await rate(['a', 'a a a a']);
    await rate.dispose();
    expect(high.score - low.score).toBeGreaterThan(1.5);
  });
});

describe('evaluate', () => {
  beforeAll(() => run.train('scored', ['train.max_steps=1']));

  test('takes the given columns, else those of the recipe', async () => {
    await run.write('data/named.csv', 'mood,"what, said"\ngood,"a lovely, long film"\nbad,dull\n');
    const settings = ['data.columns.text="what, said"', 'data.columns.label=mood'];
    const { metrics } = await evaluateFiles(run.at('scored'), { data: [run.at('data/named.csv')], settings });
    expect(metrics.eval_samples).toBe(2);
  });

  test.each<[string, string, readonly string[], RegExp]>([
    [
      'a label that is none of the model’s',
      'a film\tugly\nx\tgood\n',
      [],
      /data .*other\.tsv:1: expected one of the labels bad, good, got "ugly"/,
    ],
    ['a missing column', 'a film\n', [], /other\.tsv:1: expected at least 2 tab-separated columns/],
    ['a setting of something else', 'a\tgood\n', ['generation.num_beams=2'], /--set: unknown field "generation"/],
    [
      'a separator of labels where there is one label',
      'a\tgood\n',
      ['data.label_separator="|"'],
      /--set: data\.label_separator: expected none for a model of problem_type single_label_classification, got "\|"/,
    ],
    [
      'labels that are none of the model’s, of which five are shown',
      'a film\tugly\n'.repeat(50),
      [],
      /^data: 50 lines cannot be used:(\n {2}data .*other\.tsv:\d: .* got "ugly"){5}\n {2}and 45 more$/,
    ],
    ['an unknown field', 'a\tgood\n', ['data.colums.text=1'], /unknown field "colums" in data; did you mean "columns"/],
  ])('refuses %s', async (_, content, settings, message) => {
    await run.write('data/other.tsv', content);
    await expect(evaluateFiles(run.at('scored'), { data: [run.at('data/other.tsv')], settings })).rejects.toThrow(
      message,
    );
  });

  test.each([{ lowercase: true }, { page: 'page.html' }])('refuses options of texts: %o', async (option) => {
    const [name] = Object.keys(option);
    const page = option.page && run.at(option.page);
    const call = { data: [run.at('data/test.tsv')], settings: [], ...option, page };
    await expect(evaluateFiles(run.at('scored'), call)).rejects.toThrow(
      `--${name}: expected a model that writes a text for each input, got one for text-classification`,
    );
    if (page) await expect(readFile(page)).rejects.toThrow('ENOENT');
  });
});
