import { InputError } from '../../io/error.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { callLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { openProgram } from '../model/queued-program.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type Answer, answersTo } from './answer.ts';
import { givenQuestions, pairedInputs, type QuestionInput } from './given-question.ts';
import { loadReader } from './loaded-reader.ts';
import { encodeQuestion } from './question-window.ts';
import { readerProgram } from './reader-program.ts';

/** How to answer, by the names of Transformers (Python). */
export interface QuestionAnsweringOptions {
  /** The number of answers, best first; 1 gives an answer, more a list. Default 1. */
  readonly top_k?: number | undefined;
  /** The most tokens of a question with its context; longer contexts are divided into windows. Default 384, or the model's positions. */
  readonly max_seq_len?: number | undefined;
  /** The number of tokens that each window repeats of the one before it. Default 128, at most half a window. */
  readonly doc_stride?: number | undefined;
  /** The most tokens of an answer, before `align_to_words`. Default 15. */
  readonly max_answer_len?: number | undefined;
  /** Whether an empty answer may be given, which says that the context has none. Default false. */
  readonly handle_impossible_answer?: boolean | undefined;
  /** Whether an answer is extended to whole words. Default true. */
  readonly align_to_words?: boolean | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = {
  own: {
    top_k: 'other',
    max_seq_len: 'other',
    doc_stride: 'other',
    max_answer_len: 'other',
    handle_impossible_answer: 'flag',
    align_to_words: 'flag',
    signal: 'signal',
  },
};

/** The answer to a question, or with another `top_k` than 1 a list. */
export type QuestionAnsweringOutput = Answer | Answer[];

type One = QuestionAnsweringOptions & { readonly top_k?: 1 | undefined };

/** The forms of a call. */
interface QuestionAnsweringCall {
  (question: string, context: string, options?: One): Promise<Answer>;
  (question: string, context: string, options: QuestionAnsweringOptions): Promise<QuestionAnsweringOutput>;
  (questions: readonly string[], context: string | readonly string[], options?: One): Promise<Answer[]>;
  (
    questions: readonly string[],
    context: string | readonly string[],
    options: QuestionAnsweringOptions,
  ): Promise<QuestionAnsweringOutput[]>;
  (input: QuestionInput, options?: One): Promise<Answer>;
  (input: QuestionInput, options: QuestionAnsweringOptions): Promise<QuestionAnsweringOutput>;
  (inputs: readonly QuestionInput[], options?: One): Promise<Answer[]>;
  (inputs: readonly QuestionInput[], options: QuestionAnsweringOptions): Promise<QuestionAnsweringOutput[]>;
}

/**
 * A function from questions with contexts to answers, in order: `answer(question, context)`, `answer(questions, context)`
 * with one context or as many as questions, `answer({ question, context })`, or a list of these.
 */
export interface QuestionAnsweringPipeline extends QuestionAnsweringCall {
  readonly task: 'question-answering';
  readonly model: LoadedModel<'question-answering'>;
  readonly tokenizer: Tokenizer;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'question-answering' as const;

/** The most tokens of a window and the most that it repeats, unless a call says otherwise. */
const usual = { window: 384, stride: 128 } as const;

/** @throws {InputError} for anything but a whole number from `least` to `most`. */
function checkCount(name: string, value: number, least: number, most = Number.POSITIVE_INFINITY): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `from ${least} to ${most}`;
  throw new InputError(`${task}: ${name}: expected a whole number ${range}, got ${JSON.stringify(value)}`);
}

/** The options of a call, with defaults for a model of so many positions. @throws {InputError} */
function completed(given: QuestionAnsweringOptions, maxTokens: number) {
  const { top_k = 1, max_answer_len = 15, handle_impossible_answer = false, align_to_words = true } = given;
  const { max_seq_len = Math.min(maxTokens, usual.window) } = given;
  const { doc_stride = Math.min(Math.floor(max_seq_len / 2), usual.stride) } = given;
  checkCount('top_k', top_k, 1);
  checkCount('max_answer_len', max_answer_len, 1);
  checkCount('max_seq_len', max_seq_len, 2, maxTokens);
  checkCount('doc_stride', doc_stride, 0, max_seq_len - 1);
  return { top_k, max_answer_len, handle_impossible_answer, align_to_words, max_seq_len, doc_stride };
}

/** @throws {InputError} when the folder is not a complete question-answering model with a tokenizer. */
export async function questionAnsweringPipeline(source: ModelSource): Promise<QuestionAnsweringPipeline> {
  const limits = callLimits(source.limits, false);
  const { model, tokenizer } = await loadReader(source);
  const longest = Math.min(model.tokens.maxTokens, tokenizer.modelMaxLength ?? Number.POSITIVE_INFINITY);
  const program = await openProgram(readerProgram, model, source.backend);
  const hasNullToken = tokenizer.clsId !== null;

  async function answersOf(
    questions: readonly QuestionInput[],
    given: QuestionAnsweringOptions,
    where: (at: number) => string,
  ): Promise<Answer[][]> {
    const { max_seq_len: max_length, doc_stride, ...choice } = completed(given, longest);
    const { signal } = given;
    const encoded = await inSlices(
      questions,
      (one, example) =>
        encodeQuestion({ ...one, example }, tokenizer, { max_length, doc_stride }, `${task}${where(example)}`),
      signal,
    );
    const found = await program.run(
      encoded.flatMap(({ windows }) => windows),
      { signal },
    );
    let done = 0;
    return inSlices(encoded, (one, at) => {
      const logits = found.slice(done, done + one.windows.length);
      done += one.windows.length;
      return answersTo(itemAt(questions, at, 'a question').context, one, logits, choice, hasNullToken);
    });
  }

  async function answer(first: unknown, second?: unknown, third?: QuestionAnsweringOptions): Promise<unknown> {
    const isPaired = third !== undefined || typeof second === 'string' || Array.isArray(second);
    const options = (isPaired ? third : (second as QuestionAnsweringOptions | undefined)) ?? {};
    checkCallOptions(task, options, callOptions);
    const { questions, isList } = givenQuestions(isPaired ? pairedInputs(first, second) : first, limits);
    const all = await answersOf(questions, options, (at) => (isList ? `: question ${at}` : ''));
    const shown = (options.top_k ?? 1) === 1 ? all.map((answers) => firstOf(answers, 'an answer')) : all;
    return isList ? shown : shown[0];
  }
  return Object.assign(answer as QuestionAnsweringCall, {
    task,
    model,
    tokenizer,
    dispose: () => program.dispose(),
  });
}
