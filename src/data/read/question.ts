import * as z from 'zod';
import { check } from '../../io/check.ts';
import { parseJson } from '../../io/json.ts';
import { loneSurrogates, wellFormed } from '../../io/surrogate.ts';
import { type ReadOptions, readWholeText } from '../../io/text-file.ts';
import { codePoints } from '../../text/code-points.ts';
import { refuse, within } from './data-file.ts';
import { joined } from './json-lines.ts';
import { type FoundQuestion, type Question, questionFaults, trimmedAnswer } from './question-fault.ts';
import { ReadingNotes } from './reading-note.ts';
import { isSquad, squadQuestions } from './squad.ts';
import { type Column, readColumns, type TableFile, type TableFormat } from './table.ts';

/** Questions in the order of the file. */
export interface QuestionText {
  readonly questions: readonly Question[];
  /** Where question `index` is, for messages. */
  where(index: number): string;
  /** What was skipped or replaced in the file, one message per kind. */
  readonly notes: readonly string[];
}

/** One split of questions: SQuAD's JSON, or a table with the columns that Hugging Face gives it. */
export interface QuestionEntry extends Omit<TableFile, 'format'> {
  /** Default: SQuAD's JSON if the file begins as such, otherwise a table by the name of the file. */
  readonly format?: 'squad' | TableFormat;
  readonly columns?: { readonly question: Column; readonly context: Column; readonly answers: Column };
}

/** How to read questions. */
export interface QuestionOptions extends ReadOptions {
  /** Whether questions may have no answer, as in SQuAD 2.0. */
  readonly version_2_with_negative: boolean;
}

const usualColumns = { question: 'question', context: 'context', answers: 'answers' } as const;

/** How Hugging Face's data sets write the answers to one question. */
const listed = z
  .looseObject({ text: z.array(z.string()), answer_start: z.array(z.int()) })
  .refine(({ text, answer_start }) => text.length === answer_start.length, {
    error: 'expected as many places in answer_start as answers in text',
  });

/** The questions of a table. */
async function tableQuestions(
  root: string,
  { columns = usualColumns, ...entry }: QuestionEntry,
  options: ReadOptions,
): Promise<{ readonly found: FoundQuestion[]; readonly notes: readonly string[] }> {
  const { format, ...file } = entry;
  const table = { ...file, ...(format !== undefined && format !== 'squad' && { format }) };
  const { cells, where, notes } = await readColumns(root, table, columns, { ...options, objects: ['answers'] });
  const found = cells.question.map((question, i): FoundQuestion => {
    const answers = check(
      listed,
      parseJson(joined(cells.answers[i] ?? ''), `data ${where(i)}: answers`),
      `data ${where(i)}: answers`,
    );
    return {
      question: joined(question),
      context: joined(cells.context[i] ?? ''),
      answers: answers.text.map((text, at) => ({ text, start: answers.answer_start[at] ?? 0 })),
      where: where(i),
    };
  });
  return { found, notes };
}

/**
 * Reads questions, contexts and answers. Blanks around questions and answers are removed, and changed answers counted;
 * contexts are verbatim, because answers are given by their place in them.
 *
 * @throws {InputError} when the file cannot be read, a question or a context is blank, or an answer is not where it is
 *   said to be in its context.
 */
export async function readQuestions(
  root: string,
  entry: QuestionEntry,
  { version_2_with_negative: hasNegative, ...options }: QuestionOptions,
): Promise<QuestionText> {
  const { file, format } = entry;
  const whole =
    format === 'squad' || (format === undefined && /\.json(?:\.gz)?$/i.test(file))
      ? await readWholeText(within(root, file), options)
      : undefined;
  const reading = new ReadingNotes();
  const isWhole = whole !== undefined && (format === 'squad' || isSquad(whole));
  if (isWhole) refuseIdle(entry);
  const read = isWhole ? { found: squadQuestions(whole, file), notes: [] } : await tableQuestions(root, entry, options);
  const clean = (text: string): string => {
    reading.count('surrogate', loneSurrogates(text));
    return wellFormed(text);
  };
  const questions = read.found.map((found) => {
    const context = clean(found.context);
    const points = codePoints(context);
    const answers = found.answers.map(({ text, start }) => {
      const answer = trimmedAnswer({ text: wellFormed(text), start }, points);
      if (answer.text !== wellFormed(text) || answer.start !== start) reading.count('answer');
      return answer;
    });
    return { question: clean(found.question).trim(), context, answers, where: found.where };
  });
  refuse(
    questions.flatMap((one) => questionFaults(one, hasNegative).map((fault) => `data ${one.where}: ${fault}`)),
    'questions',
  );
  const where = (index: number): string => questions[index]?.where ?? file;
  return { questions, where, notes: [...read.notes, ...reading.lines(file)] };
}

/** @throws {InputError} for settings of a table that are given for a file of SQuAD's JSON. */
function refuseIdle({ file, format: _, ...form }: QuestionEntry): void {
  const idle = Object.entries(form).filter(([, value]) => value !== undefined);
  refuse(idle.map(([name]) => `data ${file}: ${name}: not used with SQuAD's JSON; remove it`));
}
