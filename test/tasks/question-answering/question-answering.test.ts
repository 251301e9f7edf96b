/** Question answering from a recipe to answers. */
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readQuestions } from '../../../src/data/read/question.ts';
import { itemAt } from '../../../src/io/item-at.ts';
import { pipeline, type QuestionAnsweringPipeline } from '../../../src/tasks/index.ts';
import { encodeQuestions } from '../../../src/tasks/question-answering/question-set.ts';
import { evaluateFiles } from '../../../src/tasks/verbs/evaluate.ts';
import { predictLines } from '../../../src/tasks/verbs/predict.ts';
import { maskedSample } from '../masked-sample.ts';
import { type AskedRow, askedRows, questionSample, squadOf } from '../question-sample.ts';
import { SmallRun } from '../small-run.ts';
import { writeTinyBert } from '../tiny-bert.ts';

const lines = (rows: readonly AskedRow[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

/** Every fourth row asks for what no context says. */
const withUnanswerable = (rows: readonly AskedRow[]): AskedRow[] =>
  rows.map((row, at) => (at % 4 ? row : { ...row, question: 'Why was it?', answers: { text: [], answer_start: [] } }));

/** Every fourth row has a context of several windows. */
const withFiller = (rows: readonly AskedRow[]): AskedRow[] =>
  rows.map((row, at) => {
    if (at % 4) return row;
    const before = 'It rained. '.repeat(at % 12);
    const answer_start = row.answers.answer_start.map((start) => start + before.length);
    return {
      ...row,
      context: before + row.context + ' It rained.'.repeat(11 - (at % 12)),
      answers: { ...row.answers, answer_start },
    };
  });

const long = [
  'model.hidden_dropout_prob=0',
  'model.attention_probs_dropout_prob=0',
  'tokenizer.vocab_size=120',
  'model.hidden_size=32',
  'model.num_hidden_layers=2',
  'train.max_steps=300',
  'train.eval_steps=300',
  'train.save_steps=300',
  'train.learning_rate=5e-3',
];

let run: SmallRun;
let ask: QuestionAnsweringPipeline;
const messages: string[] = [];
beforeAll(async () => {
  run = await SmallRun.make(questionSample);
  await run.write('data/train.jsonl', lines(withFiller(askedRows(1000, 1))));
  await run.write('data/test.json', squadOf(askedRows(40, 3)));
  await run.train('model', long, { say: (line) => void messages.push(line) });
  ask = await pipeline('question-answering', run.at('model'));
}, 240_000);
afterAll(async () => {
  await ask?.dispose();
  await run?.remove();
});

async function predicted(folder: string, settings: string[], json: boolean, ...given: string[]): Promise<string[]> {
  let text = '';
  await predictLines(run.at(folder), {
    json,
    settings,
    stdin: Readable.from([Buffer.from(given.map((line) => `${line}\n`).join(''))]),
    print: async (more) => void (text += more),
    note: () => undefined,
  });
  return text.split('\n').slice(0, -1);
}

describe('a model that answers questions', () => {
  test('learns to find the answer', async () => {
    const scores = await run.json('model/eval_results.json');
    expect(scores.test_exact_match).toBeGreaterThan(80);
    expect(scores.test_f1).toBeGreaterThan(80);
    expect(scores.test_loss).toBeLessThan(0.8);
    expect(messages[0]).toMatch(/^data: 1000 questions to train on in \d{4} windows, vocabulary of \d+ tokens$/);
    expect(messages[1]).toMatch(
      /^data: \d{3} training contexts are longer than 48 tokens with their question and are divided: \d{4} windows, \d{3} without the answer/,
    );
  });

  test('finds it in a context of many windows', async () => {
    const filler = Array.from({ length: 30 }, () => 'It rained.');
    const context = [...filler, 'Ann flew to Rome in May.', ...filler].join(' ');
    const found = await ask('Where was it?', context);
    expect(found).toMatchObject({ answer: expect.stringContaining('Rome'), start: context.indexOf('Rome') });
    expect(context.slice(found.start, found.end)).toBe(found.answer);
  });

  test('answers lines of a question, a tab and a context', async () => {
    const given = ['Where was it?\tBo flew to Rome in 3월.', '', 'Who was it?\t지수 went to Paris in May.'];
    const plain = await predicted('model', [], false, ...given);
    expect(plain).toEqual(['Rome', '', '지수']);
    const [first, blank] = await predicted('model', ['top_k=2'], true, ...given);
    expect(JSON.parse(String(first))).toHaveLength(2);
    expect(JSON.parse(String(blank))).toEqual({ score: null, start: null, end: null, answer: null });
    await expect(predicted('model', [], false, 'Where was it?')).rejects.toThrow(
      'stdin:1: expected a question, a tab and a context, got "Where was it?"',
    );
    await expect(predicted('model', ['top_k=2'], false, ...given)).rejects.toThrow(
      '--set top_k=2: expected 1 in plain text, which has one answer a line; add --json',
    );
    await expect(predicted('model', ['doc_strid=2'], false, ...given)).rejects.toThrow(
      'unknown field "doc_strid"; did you mean "doc_stride"?',
    );
  });

  test('is scored in windows and with answers as the settings say', async () => {
    const data: [string] = [run.at('data/test.json')];
    const scored = async (...settings: string[]) => evaluateFiles(run.at('model'), { data, settings });
    const usual = await scored();
    expect(usual.metrics).toMatchObject({ eval_samples: 40 });
    expect(usual.notes).toEqual([]);
    const { metrics, notes } = await scored('train.max_length=24', 'train.doc_stride=2');
    expect(notes).toEqual([
      expect.stringMatching(
        /^\d+ contexts are longer than 24 tokens with their question and are divided: \d+ windows, \d+ without the answer/,
      ),
    ]);
    expect(metrics.eval_loss).not.toBe(usual.metrics.eval_loss);
    const { metrics: short } = await scored('train.max_answer_length=1');
    expect(Number(short.eval_f1)).toBeLessThan(Number(usual.metrics.eval_f1));
    const jsonl: [string] = [run.at('data/validation.jsonl')];
    expect((await evaluateFiles(run.at('model'), { data: jsonl, settings: [] })).metrics.eval_samples).toBe(12);
    await expect(scored('data.columns={question: q, context: c, answers: a}')).rejects.toThrow(
      "columns: not used with SQuAD's JSON; remove it",
    );
  });
});

describe('windows', () => {
  const unset = ['train.max_length=null', 'train.doc_stride=null'];
  const once = ['train.max_steps=1', 'train.eval_steps=1', 'train.save_steps=1', 'train.warmup_steps=0'];
  const scored = async (folder: string, ...settings: string[]) =>
    (await evaluateFiles(run.at(folder), { data: [run.at('data', 'few.jsonl')], settings })).notes;

  test('are those of the model where nothing sets them, in training, in evaluation and in the pipeline', async () => {
    const long = askedRows(8, 4).map((row) => ({ ...row, context: row.context + ' It rained.'.repeat(60) }));
    await run.write('data/few.jsonl', lines(long));
    const notes: string[] = [];
    const test = 'data.test={ file: few.jsonl }';
    await run.train('unset', [...unset, ...once, test], { say: (line) => void notes.push(line) });
    for (const file of ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']) {
      await run.write(`bare/${file}`, await readFile(run.at('unset', file)));
    }
    const use = await pipeline('question-answering', run.at('bare'));
    const text = await readQuestions(run.at('data'), { file: 'few.jsonl' }, { version_2_with_negative: false });
    const windows = (max_length: number, doc_stride: number) => {
      const { rows, divided, without } = encodeQuestions(text, use.tokenizer, { max_length, doc_stride });
      return `${divided} contexts are longer than ${max_length} tokens with their question and are divided: ${rows.length} windows, ${without} without the answer to their question`;
    };
    const usual = windows(64, 32);
    expect(usual).not.toBe(windows(64, 16));
    expect(notes).toContain(`data: ${usual.replace(' contexts', ' test contexts')}`);
    expect(await scored('unset')).toEqual([usual]);
    expect(await scored('bare')).toEqual([usual]);
    expect(await scored('bare', 'train.max_length=24')).toEqual([windows(24, 12)]);
    const { context } = itemAt(text.questions, 0, 'a question');
    const given = { max_seq_len: 64, doc_stride: 32 };
    expect(await use('Where was it?', context)).toEqual(await use('Where was it?', context, given));
    await use.dispose();
  });

  test('that the model cannot read, or that repeat all they hold, are refused everywhere', async () => {
    await run.write('data/few.jsonl', lines(askedRows(8, 4)));
    await expect(scored('model', 'train.max_length=65')).rejects.toThrow(
      'evaluate: train.max_length: expected at most model.max_position_embeddings = 64, got 65',
    );
    await expect(scored('model', 'train.doc_stride=48')).rejects.toThrow(
      'evaluate: train.doc_stride: expected less than the 48 tokens of a window, got 48',
    );
    await expect(ask('Where was it?', 'Ann ran to Oslo.', { max_seq_len: 65 })).rejects.toThrow(
      'question-answering: max_seq_len: expected at most model.max_position_embeddings = 64, got 65',
    );
    await expect(run.train('refused', [...unset, 'train.max_tokens_per_batch=63'])).rejects.toThrow(
      'recipe: train.max_tokens_per_batch: expected at least the 64 tokens of a window, got 63',
    );
  });
});

describe('questions without an answer', () => {
  const negative = ['data.version_2_with_negative=true'];
  beforeAll(async () => {
    await run.write('data/v2.jsonl', lines(withUnanswerable(askedRows(1000, 1))));
    await run.write('data/v2-test.jsonl', lines(withUnanswerable(askedRows(40, 3))));
    const files = ['train={ file: v2.jsonl }', 'validation={ file: v2-test.jsonl }', 'test={ file: v2-test.jsonl }'];
    const settings = [
      ...files.map((file) => `data.${file}`),
      ...negative,
      ...long.filter((it) => !/eval_steps/.test(it)),
    ];
    await run.train('negative', settings, { say: (line) => void messages.push(line) });
  }, 240_000);

  test('are learnt, and scored apart from those with one', async () => {
    const { metrics } = await evaluateFiles(run.at('negative'), { data: [run.at('data/v2-test.jsonl')], settings: [] });
    expect(Object.keys(metrics)).toEqual([
      ...['eval_loss', 'eval_exact_match', 'eval_f1', 'eval_HasAns_exact', 'eval_HasAns_f1'],
      ...['eval_NoAns_exact', 'eval_NoAns_f1', 'eval_best_exact', 'eval_best_exact_thresh', 'eval_best_f1'],
      ...['eval_best_f1_thresh', 'eval_samples', 'eval_runtime'],
    ]);
    expect(metrics.eval_NoAns_exact).toBeGreaterThan(90);
    expect(metrics.eval_HasAns_exact).toBeGreaterThan(90);
    expect(messages).toContain('data: 250 training questions have no answer');
  });

  test('have the threshold that is set, and the best is the one that scores best', async () => {
    const scored = async (threshold: number) => {
      const settings = [`train.null_score_diff_threshold=${threshold}`];
      return (await evaluateFiles(run.at('negative'), { data: [run.at('data/v2-test.jsonl')], settings })).metrics;
    };
    expect(await scored(1000)).toMatchObject({ eval_NoAns_exact: 0 });
    expect(await scored(-1000)).toMatchObject({ eval_NoAns_exact: 100, eval_HasAns_exact: 0, eval_exact_match: 25 });
    const { eval_best_exact, eval_best_exact_thresh } = await scored(0);
    expect((await scored(Number(eval_best_exact_thresh))).eval_exact_match).toBe(eval_best_exact);
  });

  test('leave a line blank, and give an empty answer on request', async () => {
    const given = ['Why was it?\tBo flew to Rome in May.', 'Where was it?\tBo flew to Rome in May.'];
    const [none, some] = await predicted('negative', [], false, ...given);
    expect(none).toBe('');
    expect(some).toContain('Rome');
    expect(await predicted('negative', ['handle_impossible_answer=false'], false, ...given)).not.toContain('');
    const answer = await pipeline('question-answering', run.at('negative'));
    const unknown = await answer('Why was it?', 'Ann ran to Seoul in May.', { handle_impossible_answer: true });
    expect(unknown).toEqual({ score: expect.any(Number), start: 0, end: 0, answer: '' });
    await answer.dispose();
  });
});

describe('a recipe', () => {
  const refused = (...settings: string[]) => expect(run.train('refused', settings)).rejects;

  test('is refused for fields that do not act together, before data are read', async () => {
    const nowhere = 'data.train={ file: nowhere.json }';
    await refused('train.max_length=65', nowhere).toThrow(
      'train.max_length: expected at most model.max_position_embeddings = 64, got 65',
    );
    await refused('train.doc_stride=48', nowhere).toThrow(
      'train.doc_stride: expected less than the 48 tokens of a window, got 48',
    );
    await refused('train.null_score_diff_threshold=1', nowhere).toThrow(
      'train.null_score_diff_threshold: not used without data.version_2_with_negative; remove it',
    );
    await refused('model={model_type: transformer_encoder, hidden_size: 16}', nowhere).toThrow(/transformer_encoder/);
  });

  test('is refused for a question that leaves no room for its context, with its place', async () => {
    const [row] = askedRows(1, 1);
    if (!row) throw new Error('expected a row');
    const asked = {
      ...row,
      question: 'Where is Ann? '.repeat(20),
      context: row.context + ' Bo ran to Oslo.'.repeat(20),
    };
    await run.write('data/long.jsonl', lines([row, asked]));
    await refused('data.validation={ file: long.jsonl }').toThrow(
      /^data long.jsonl:2: expected a question that leaves the context more than the 8 tokens of doc_stride in windows of 48, got one that leaves 0$/,
    );
  });

  test('is refused for a question without context and an answer that is not in it', async () => {
    const rows = askedRows(3, 1);
    const [first, second, third] = rows as [AskedRow, AskedRow, AskedRow];
    await run.write(
      'data/bad.jsonl',
      lines([first, { ...second, context: '' }, { ...third, context: `xy${third.context}` }]),
    );
    await refused('data.train={ file: bad.jsonl }').toThrow(
      /data bad.jsonl:2: expected a context, got a blank one[\s\S]*data bad.jsonl:3: expected the answer .* of its context, got .*; it is at \d+/,
    );
  });
});

describe('a run that starts from a folder', () => {
  const begun = (name: string) => [
    `model={ model_name_or_path: ${run.at(name)} }`,
    'tokenizer=null',
    'train.max_steps=2',
  ];
  const fewer = ['train.eval_steps=2', 'train.save_steps=2', 'train.warmup_steps=0', 'train.max_length=32'];

  test('of an encoder has a new output layer, and says so', async () => {
    await writeTinyBert(run.at('encoder'));
    const notes: string[] = [];
    await run.train('from-encoder', [...begun('encoder'), ...fewer], { say: (line) => void notes.push(line) });
    expect(notes.filter((line) => line.includes('qa_outputs'))).toEqual([
      expect.stringMatching(/encoder: .*new.*qa_outputs.weight \[2, 16\].*qa_outputs.bias \[2\]/),
    ]);
    const card = await readFile(run.at('from-encoder/README.md'), 'utf8');
    expect(card).toContain('BertForQuestionAnswering');
    expect(card).toMatch(/^metrics:\n {2}- f1\n {2}- exact_match$/m);
  });

  test('of a masked language model that Heddle trained separates question and context', async () => {
    const masked = await SmallRun.make(maskedSample);
    try {
      await masked.train('base', ['train.max_steps=1', 'train.eval_steps=1', 'train.save_steps=1']);
      await run.train('from-masked', [
        `model={ model_name_or_path: ${masked.at('base')} }`,
        'tokenizer=null',
        ...['train.max_steps=2', ...fewer],
      ]);
    } finally {
      await masked.remove();
    }
    const use = await pipeline('question-answering', run.at('from-masked'));
    const { ids, tokens } = use.tokenizer.encoding('a', { text_pair: 'a' });
    expect(tokens.filter((token) => token === '</s>')).toHaveLength(3);
    expect(ids.length).toBeGreaterThan(4);
    await use.dispose();
  });

  test('with GPT-2, whose tokenizer separates nothing, trains and answers', async () => {
    const gpt2 = 'model={model_type: gpt2, n_embd: 16, n_layer: 1, n_head: 2, n_positions: 64}';
    await run.train('gpt2', [gpt2, 'train.max_steps=2', ...fewer]);
    expect(JSON.parse(await readFile(run.at('gpt2/config.json'), 'utf8')).architectures).toEqual([
      'GPT2ForQuestionAnswering',
    ]);
    const use = await pipeline('question-answering', run.at('gpt2'));
    const context = 'Ann ran to Oslo.';
    const { start, end, answer, score } = await use('Where was it?', context);
    expect(context.slice(start, end)).toBe(answer);
    expect(score).toBeGreaterThan(0);
    await use.dispose();
  });
});
