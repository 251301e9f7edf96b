/** Windows, answers and their scores are those of Transformers; see test/golden/make/question_answering.py. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { itemAt } from '../../../src/io/item-at.ts';
import { nodeBackend } from '../../../src/runtime/node.ts';
import { pipeline, type QuestionAnsweringPipeline } from '../../../src/tasks/index.ts';
import { encodeQuestions, type QuestionSet } from '../../../src/tasks/question-answering/question-set.ts';
import { readerTask } from '../../../src/tasks/question-answering/reader.ts';
import { rowEvaluator } from '../../../src/tasks/run/row-task.ts';
import { codePoints } from '../../../src/text/code-points.ts';

interface Asked {
  readonly question: string;
  readonly context: string;
}

interface Windowed extends Asked {
  readonly max_length: number;
  readonly doc_stride: number;
}

interface Expected {
  readonly answers: readonly (Asked & {
    readonly options: Readonly<Record<string, number | boolean>>;
    readonly answers: readonly { score: number; start: number; end: number; answer: string }[];
  })[];
  readonly windows: readonly (Windowed & {
    readonly answer: readonly [string, number] | null;
    readonly input_ids: readonly (readonly number[])[];
    readonly token_type_ids: readonly (readonly number[])[];
    readonly positions: readonly (readonly [number, number])[];
  })[];
  readonly predictions: readonly (Windowed & {
    readonly max_answer_length: number;
    readonly text: string;
    readonly score_diff: number;
  })[];
}

const folder = fileURLToPath(new URL('../../golden/question-answering', import.meta.url));
const expected: Expected = JSON.parse(await readFile(`${folder}/expected.json`, 'utf8'));
let ask: QuestionAnsweringPipeline;
beforeAll(async () => {
  ask = await pipeline('question-answering', folder);
});
afterAll(() => ask.dispose());

const setOf = (
  { question, context, max_length, doc_stride }: Windowed,
  texts: readonly (readonly [string, number])[],
) => {
  const answers = texts.map(([text, start]) => ({ text, start }));
  const given = { questions: [{ question, context, answers }], where: () => 'here' };
  return encodeQuestions(given, ask.tokenizer, { max_length, doc_stride });
};

test.each(expected.windows)(
  'windows of $max_length tokens that repeat $doc_stride, and where $answer is in each, are those of run_qa.py',
  (one) => {
    const { rows } = setOf(one, one.answer ? [one.answer] : []);
    expect(rows.map(({ ids }) => [...ids])).toEqual(one.input_ids);
    expect(rows.map(({ typeIds = [] }) => [...typeIds])).toEqual(one.token_type_ids);
    expect(rows.map(({ label }) => [label.start, label.end])).toEqual(one.positions);
    expect(rows.map(({ example }) => example)).toEqual(rows.map(() => 0));
  },
);

test('the windows of a context cover it, and each says which of its tokens it has', () => {
  for (const one of expected.windows) {
    const { rows, contexts } = setOf(one, []);
    const total = itemAt(contexts, 0, 'a context').starts.length;
    rows.forEach(({ from, count, first, size, ids }, at) => {
      const next = rows[at + 1];
      expect(from + count - (next ? one.doc_stride : 0)).toBe(next ? next.from : total);
      expect(first + count).toBe(size - 1);
      expect(ids[first - 1]).toBe(ask.tokenizer.sepId);
    });
  }
});

/** Scores the text itself as the answer, so that only the same text is an exact match. */
async function scored(set: QuestionSet, one: Expected['predictions'][number], threshold?: number) {
  const options = {
    max_answer_length: one.max_answer_length,
    version_2_with_negative: threshold !== undefined,
    null_score_diff_threshold: threshold ?? 0,
  };
  const evaluator = await rowEvaluator((form) => readerTask(form, options), ask.model, nodeBackend());
  const scores = await evaluator.score(set, { weights: ask.model.parameters, isFinal: true });
  await evaluator.dispose();
  return scores;
}

test.each(expected.predictions)(
  'the best answer to "$question" of at most $max_answer_length tokens in windows of $max_length is that of run_qa.py',
  async (one) => {
    const at = codePoints(one.context.slice(0, one.context.indexOf(one.text))).length;
    const set = setOf(one, [[one.text, at]]);
    expect(await scored(set, one)).toMatchObject({ exact_match: 100, f1: 100 });
    const { score_diff: doubt } = one;
    expect(await scored(set, one, doubt + 1e-3)).toMatchObject({ HasAns_exact: 100 });
    if (/\p{L}/u.test(one.text)) expect(await scored(set, one, doubt - 1e-3)).toMatchObject({ HasAns_exact: 0 });
  },
);

describe('the pipeline', () => {
  const unitsOf = (context: string) => {
    const { unitOf } = codePoints(context);
    return (place: number) => unitOf(place);
  };

  test.each(expected.answers)('answers "$question" with $options as Transformers does', async (one) => {
    const { question, context, options } = one;
    const found = [await ask(question, context, options)].flat();
    const unitOf = unitsOf(context);
    expect(found).toEqual(
      one.answers.map(({ score, start, end, answer }) => ({
        score: expect.closeTo(score, 5),
        start: unitOf(start),
        end: unitOf(end),
        answer,
      })),
    );
    for (const { start, end, answer } of found) expect(context.slice(start, end)).toBe(answer);
  });

  test('takes questions with one context or several, objects and lists of them', async () => {
    const [first, second] = [expected.answers[0], expected.answers[9]] as const;
    const [a, b] = [await ask(first.question, first.context), await ask(second.question, second.context)];
    expect(a.answer).not.toBe('');
    expect(await ask([first.question, second.question], first.context)).toEqual([a, b]);
    expect(await ask([first.question, second.question], [first.context, second.context])).toEqual([a, b]);
    const inputs = [first, second].map(({ question, context }) => ({ question, context }));
    expect(await ask(inputs)).toEqual([a, b]);
    expect(await ask(itemAt(inputs, 0, 'an input'))).toEqual(a);
    const [list] = await ask(inputs, { top_k: 2 });
    expect(list).toHaveLength(2);
    expect(await ask([])).toEqual([]);
  });

  const given = ['where', 'Ann went home'] as const;
  test.each<[unknown[], string]>([
    [['where'], 'question-answering: expected a question and a context, or { question, context }, got a text'],
    [[7], 'expected a question and a context, or { question, context }, got number'],
    [[{ question: 'where' }], 'got { question }'],
    [[{ question: 'where', context: 'a', id: 1 }], 'got { question, context, id }'],
    [[['where'], { top_k: 1 }], 'got a text, at 0'],
    [['where', ['a', 'b']], 'got a text and a list'],
    [[['where'], ['a', 'b']], 'expected as many contexts as questions, 1, or one, got 2'],
    [[' ', 'a'], 'question-answering: expected a question, got a blank one'],
    [['where', ' \n'], 'question-answering: expected a context, got a blank one'],
    [
      [
        [
          { question: 'where', context: 'a' },
          { question: 'where', context: 7 },
        ],
      ],
      'expected a context, got number, at 1',
    ],
    [['where', '\u0000'], 'question-answering: expected a context with tokens'],
    [[...given, { top_k: 0 }], 'question-answering: top_k: expected a whole number ≥ 1, got 0'],
    [[...given, { max_answer_len: 1.5 }], 'max_answer_len: expected a whole number ≥ 1, got 1.5'],
    [[...given, { max_seq_len: 49 }], 'max_seq_len: expected at most model.max_position_embeddings = 48, got 49'],
    [[...given, { doc_stride: 48 }], 'doc_stride: expected less than the 48 tokens of a window, got 48'],
    [[...given, { align_to_words: 1 }], 'align_to_words: expected true or false'],
    [[...given, { top_n: 2 }], 'unknown option "top_n"'],
    [[{ question: 'where', context: 'a' }, undefined, { top_k: 2 }], 'got { question, context } and undefined'],
    [
      ['who '.repeat(40), 'Ann went home by train. '.repeat(9)],
      'question-answering: expected a question that leaves the context more than the 24 tokens of doc_stride in windows of 48, got one that leaves 5',
    ],
  ])('refuses %j', async (call, message) => {
    const use = ask as unknown as (...call: unknown[]) => Promise<unknown>;
    await expect(use(...call)).rejects.toThrow(message);
  });
});
