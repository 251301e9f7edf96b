import { InputError } from '../../io/error.ts';
import { wellFormed } from '../../io/surrogate.ts';
import { type CallLimits, checkTextLimits } from '../model/call-limit.ts';

/** A question and the text that may answer it. */
export interface QuestionInput {
  readonly question: string;
  readonly context: string;
}

/** What is asked in a call, and whether it is a list. */
export interface GivenQuestions {
  readonly questions: readonly QuestionInput[];
  readonly isList: boolean;
}

const task = 'question-answering';

const refuse = (got: string, at = ''): never => {
  throw new InputError(`${task}: expected a question and a context, or { question, context }, got ${got}${at}`);
};

/** What a value is, for errors. */
function formOf(value: unknown): string {
  if (typeof value === 'string') return 'a text';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return `{ ${Object.keys(value).join(', ')} }`;
}

/** One input, with U+FFFD for lone surrogates, as in files. */
function checked(input: unknown, at: string): QuestionInput {
  const isObject =
    typeof input === 'object' && input !== null && Object.keys(input).sort().join() === 'context,question';
  const { question, context } = Object(input) as Record<keyof QuestionInput, unknown>;
  if (!isObject) return refuse(formOf(input), at);
  for (const [name, text] of Object.entries({ question, context })) {
    const got = typeof text === 'string' ? (text.trim() === '' ? 'a blank one' : undefined) : formOf(text);
    if (got) throw new InputError(`${task}: expected a ${name}, got ${got}${at}`);
  }
  return { question: wellFormed(String(question)).trim(), context: wellFormed(String(context)) };
}

/** Inputs of questions and their contexts, or one context for all. @throws {InputError} */
export function pairedInputs(question: unknown, context: unknown): unknown {
  if (typeof question === 'string' && typeof context === 'string') return { question, context };
  if (!Array.isArray(question)) return refuse(`${formOf(question)} and ${formOf(context)}`);
  if (!Array.isArray(context)) return question.map((one: unknown) => ({ question: one, context }));
  if (context.length === question.length)
    return question.map((one: unknown, at) => ({ question: one, context: context[at] }));
  throw new InputError(
    `${task}: expected as many contexts as questions, ${question.length}, or one, got ${context.length}`,
  );
}

/**
 * The questions of a call.
 *
 * @throws {InputError} for anything but questions with contexts that are not blank, and for more than the limits allow.
 */
export function givenQuestions(inputs: unknown, limits: CallLimits): GivenQuestions {
  const isList = Array.isArray(inputs);
  const list: readonly unknown[] = isList ? inputs : [inputs];
  const questions = list.map((input, at) => checked(input, isList ? `, at ${at}` : ''));
  checkTextLimits(
    task,
    questions.map((one) => one.question + one.context),
    limits,
  );
  return { questions, isList };
}
