/** Questions about texts: SQuAD's JSON and tables with Hugging Face's columns. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type QuestionEntry, readQuestions } from '../../src/data/read/question.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'question-'));
});
afterAll(() => rm(root, { recursive: true }));

const context = '👩‍🚀 Ann flew to Denver. 앤은 덴버로 갔다.';
const answer = (text: string, answer_start: number) => ({ text, answer_start });
const squad = (...qas: object[]) => ({ version: '1.1', data: [{ title: 'x', paragraphs: [{ context, qas }] }] });
const where = { id: 'q1', question: ' Where did Ann fly? ', answers: [answer('Denver', 16), answer('to Denver', 13)] };
const korean = { id: 'q2', question: '어디로?', answers: [answer('덴버', 27)] };

async function read(file: string, content: unknown, entry: Partial<QuestionEntry> = {}, version2 = false) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await writeFile(join(root, file), file.endsWith('.gz') ? gzipSync(text) : text);
  return readQuestions(root, { file, ...entry }, { version_2_with_negative: version2 });
}

const columns = <Q extends { readonly answers: readonly { text: string; answer_start: number }[] }>(question: Q) => ({
  ...question,
  context,
  answers: {
    text: question.answers.map(({ text }) => text),
    answer_start: question.answers.map(({ answer_start }) => answer_start),
  },
});
const line = (row: object): string => JSON.stringify(row);

const wanted = [
  {
    question: 'Where did Ann fly?',
    context,
    answers: [
      { text: 'Denver', start: 16 },
      { text: 'to Denver', start: 13 },
    ],
    where: expect.any(String),
  },
  { question: '어디로?', context, answers: [{ text: '덴버', start: 27 }], where: expect.any(String) },
];

describe('readQuestions', () => {
  it('reads SQuAD’s JSON on one line, over several lines and compressed, with places in code points', async () => {
    const json = squad(where, korean);
    expect([...context].slice(16, 22).join('')).toBe('Denver');
    expect((await read('one.json', json)).questions).toEqual(wanted);
    expect((await read('several.json', JSON.stringify(json, null, 2))).questions).toEqual(wanted);
    expect((await read('packed.json.gz', json)).questions).toEqual(wanted);
    const found = await read('other.name', json, { format: 'squad' });
    expect(found.questions).toEqual(wanted);
    expect(found.where(1)).toBe('other.name: question q2');
  });

  it('reads JSON lines and CSV with Hugging Face’s columns, or others', async () => {
    const rows = [columns(where), columns(korean)];
    const found = await read('rows.jsonl', rows.map(line).join('\n'));
    expect(found.questions).toEqual(wanted);
    expect(found.where(1)).toBe('rows.jsonl:2');
    expect((await read('rows.json', rows.map(line).join('\n'))).questions).toEqual(wanted);
    const named = { question: 'q', context: 'c', answers: 'a' };
    const renamed = rows.map(({ question, context: c, answers }) => line({ q: question, c, a: answers }));
    expect((await read('named.jsonl', renamed.join('\n'), { columns: named })).questions).toEqual(wanted);
    const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
    const csv = rows.map(({ question, context: c, answers }) => [question, c, line(answers)].map(quoted).join(','));
    expect((await read('rows.csv', ['question,context,answers', ...csv].join('\n'))).questions).toEqual(wanted);
  });

  it('reads questions without an answer if the data may have them', async () => {
    const none = {
      id: 'q3',
      question: 'Who slept?',
      is_impossible: true,
      plausible_answers: [answer('Ann', 4)],
      answers: [],
    };
    const { questions } = await read('v2.json', squad(where, none), {}, true);
    expect(questions[1]?.answers).toEqual([]);
    await expect(read('v1.json', squad(where, none))).rejects.toThrow(
      'data v1.json: question q3: expected an answer, got none; data.version_2_with_negative allows questions without one',
    );
  });

  it('trims answers with blanks around them or before their place, and counts them', async () => {
    const spaced = [answer(' Denver', 15), answer('Denver', 15), answer('to Denver. ', 13), answer('Denver', 16)];
    const { questions, notes } = await read('spaced.json', squad({ ...where, answers: spaced }));
    const denver = { text: 'Denver', start: 16 };
    expect(questions[0]?.answers).toEqual([denver, denver, { text: 'to Denver.', start: 13 }, denver]);
    expect(notes).toEqual(['data spaced.json: 3 answers with blanks around them, trimmed']);
  });

  it('replaces lone surrogates and says so', async () => {
    const bad = { id: 1, question: 'why \ud800?', answers: [answer('Ann', 4)] };
    const { questions, notes } = await read('surrogate.json', squad(bad));
    expect(questions[0]?.question).toBe('why \ufffd?');
    expect(notes).toEqual(['data surrogate.json: 1 lone surrogate replaced by U+FFFD']);
  });

  it.each<[string, object, string]>([
    [
      'an answer at another place',
      { ...where, answers: [answer('Denver', 14)] },
      'question q1: expected the answer "Denver" at character 14 of its context, got "o Denv"; it is at 16',
    ],
    [
      'an answer that is not in it',
      { ...where, answers: [answer('Boston', 16)] },
      'question q1: expected the answer "Boston" at character 16 of its context, got "Denver"; the context does not contain it',
    ],
    [
      'an answer beyond its end',
      { ...where, answers: [answer('Denver', 99)] },
      'at character 99 of its context, got a context of 34 characters; it is at 16',
    ],
    ['a place before its beginning', { ...where, answers: [answer('Denver', -1)] }, 'at character -1 of its context'],
    ['a blank answer', { ...where, answers: [answer('', 3)] }, 'question q1: expected an answer, got a blank one'],
    ['a blank question', { ...where, question: ' ' }, 'question q1: expected a question, got a blank one'],
    [
      'answers to an impossible question',
      { ...where, is_impossible: true },
      'data.0.paragraphs.0.qas.0: expected no answers with is_impossible: true',
    ],
    [
      'a place that is no number',
      { ...where, answers: [{ text: 'Denver', answer_start: '16' }] },
      'data.0.paragraphs.0.qas.0.answers.0.answer_start: expected a whole number, got "16"',
    ],
    ['no question', { id: 'q1', answers: [] }, 'missing field "data.0.paragraphs.0.qas.0.question", expected a string'],
  ])('refuses %s', async (_, one, message) => {
    await expect(read('wrong.json', squad(one), {}, true)).rejects.toThrow(message);
  });

  it('refuses a question without context, and reports all faults of a file at once', async () => {
    const rows = [
      columns(where),
      { ...columns(where), context: '  ' },
      columns({ ...where, answers: [answer('Denver', 3)] }),
    ];
    await expect(read('rows.jsonl', rows.map(line).join('\n'))).rejects.toThrow(
      /^data: 2 questions cannot be used[\s\S]*data rows.jsonl:2: expected a context, got a blank one[\s\S]*data rows.jsonl:3: expected the answer "Denver" at character 3/,
    );
    const { context: _, ...without } = columns(where);
    await expect(read('none.jsonl', line(without))).rejects.toThrow('data none.jsonl:1: expected a field "context"');
  });

  it('refuses answers of another form', async () => {
    const unequal = { ...columns(where), answers: { text: ['Denver'], answer_start: [16, 13] } };
    await expect(read('unequal.jsonl', line(unequal))).rejects.toThrow(
      'data unequal.jsonl:1: answers: expected as many places in answer_start as answers in text',
    );
    const text = { ...columns(where), answers: 'Denver' };
    await expect(read('text.jsonl', line(text))).rejects.toThrow(
      'data text.jsonl:1: expected an object in "answers", got "Denver"',
    );
    await expect(read('text.csv', 'question,context,answers\nq,c,Denver')).rejects.toThrow(
      /^data text.csv:2: answers:1:1: /,
    );
  });

  it('refuses broken JSON with its place, and what describes a table', async () => {
    await expect(read('broken.json', '{"data": [{"paragraphs": [}]}')).rejects.toThrow(/^data broken.json:1:27: /);
    await expect(read('form.json', squad(where), { header: true })).rejects.toThrow(
      "data form.json: header: not used with SQuAD's JSON; remove it",
    );
  });
});
