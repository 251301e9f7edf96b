/** Questions about short texts, to learn a little of in a second or two. */
import { randomStream } from '../../src/data/batch/shuffle.ts';
import { transformerSize } from './sample-size.ts';
import type { TaskSample } from './task-sample.ts';

/** What sentences are made of: who did it, where to and when. */
const parts = {
  Who: ['Ann', 'Bo', '지수', 'Kim', 'Lee'],
  Where: ['Seoul', 'Paris', '부산', 'Rome', 'New York'],
  When: ['May', 'June', '3월', 'autumn', '2026'],
};
const kinds = ['Who', 'Where', 'When'] as const;
const deeds = ['flew', 'went', 'ran', 'came'];

export interface AskedRow {
  readonly question: string;
  readonly context: string;
  readonly answers: { readonly text: readonly string[]; readonly answer_start: readonly number[] };
}

/** Rows with a question about a sentence, in front of which others may be. The same count and seed give the same. */
export function askedRows(count: number, seed: number): AskedRow[] {
  const random = randomStream(seed);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)];
  return Array.from({ length: count }, () => {
    const kind = pick(kinds);
    const said = { Who: pick(parts.Who), Where: pick(parts.Where), When: pick(parts.When) };
    const before = ['', '😀 ', 'It rained. '][random.below(3)];
    const context = `${before}${said.Who} ${pick(deeds)} to ${said.Where} in ${said.When}.`;
    const start = [...context.slice(0, context.indexOf(said[kind]))].length;
    return { question: `${kind} was it?`, context, answers: { text: [said[kind]], answer_start: [start] } };
  });
}

const lines = (rows: readonly AskedRow[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

/** As a file of SQuAD. */
export function squadOf(rows: readonly AskedRow[]): string {
  const paragraphs = rows.map(({ question, context, answers }, id) => ({
    context,
    qas: [
      {
        id: `q${id}`,
        question,
        answers: answers.text.map((text, at) => ({ text, answer_start: answers.answer_start[at] })),
      },
    ],
  }));
  return JSON.stringify({ version: '1.1', data: [{ title: 'towns', paragraphs }] });
}

export const questionSample: TaskSample = {
  task: 'question-answering',
  recipe: `task: question-answering
data:
  train: { file: train.jsonl }
  validation: { file: validation.jsonl }
  test: { file: test.json }
tokenizer: { vocab_size: 90, byte_level: false }
model:
  model_type: bert
  ${transformerSize}
train:
  max_steps: 6
  max_tokens_per_batch: 512
  max_length: 48
  doc_stride: 8
  warmup_steps: 4
  logging_steps: 2
  eval_steps: 3
  save_steps: 3
`,
  files: {
    'train.jsonl': lines(askedRows(200, 1)),
    'validation.jsonl': lines(askedRows(12, 2)),
    'test.json': squadOf(askedRows(8, 3)),
  },
  parameters: 4786,
  changed: ['train.jsonl', lines(askedRows(200, 1).toReversed())],
  test: ['test.json'],
  lines: askedRows(8, 3).map(({ question, context }) => `${question}\t${context}`),
  inputOf(line) {
    const [question, context = question] = line.split('\t');
    return { question, context };
  },
  options: { top_k: 3 },
  longNotes: [],
  refusesBlank: true,
};
