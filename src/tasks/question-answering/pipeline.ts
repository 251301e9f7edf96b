import { firstOf, itemAt, type NonEmpty } from '../../io/item-at.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { callLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { checkCount } from '../model/count-option.ts';
import { openProgram } from '../model/queued-program.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type Answer, answersTo } from './answer.ts';
import { givenQuestions, pairedInputs, type QuestionInput } from './given-question.ts';
import { loadReader } from './loaded-reader.ts';
import { encodeQuestion } from './question-window.ts';
import { readerProgram } from './reader-program.ts';
import { type ReadingLimit, readingLimit, windowOptions } from './window-choice.ts';

/** How to answer, by the names of Transformers (Python). */
export interface QuestionAnsweringOptions {
  /** The number of answers, best first; 1 gives an answer, more a list. Default 1. */
  readonly top_k?: number | undefined;
  /** The most tokens of a question with its context; longer contexts are divided into windows. Default 384, or as many as the model reads. */
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
export type QuestionAnsweringOutput = Answer | NonEmpty<Answer>;

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

/** The names of the windows' options in a call. */
const optionNames = { max_length: 'max_seq_len', doc_stride: 'doc_stride' } as const;

/** The options of a call, completed. @throws {InputError} */
function completed(given: QuestionAnsweringOptions, limit: ReadingLimit) {
  const { top_k = 1, max_answer_len = 15, handle_impossible_answer = false, align_to_words = true } = given;
  checkCount(`${task}: top_k`, top_k, 1);
  checkCount(`${task}: max_answer_len`, max_answer_len, 1);
  if (given.max_seq_len !== undefined) checkCount(`${task}: max_seq_len`, given.max_seq_len, 2);
  if (given.doc_stride !== undefined) checkCount(`${task}: doc_stride`, given.doc_stride, 0);
  const windows = { max_length: given.max_seq_len, doc_stride: given.doc_stride };
  return {
    choice: { top_k, max_answer_len, handle_impossible_answer, align_to_words },
    windows: windowOptions(windows, limit, (option) => `${task}: ${optionNames[option]}`),
  };
}

/** @throws {InputError} when the folder is not a complete question-answering model with a tokenizer. */
export async function questionAnsweringPipeline(source: ModelSource): Promise<QuestionAnsweringPipeline> {
  const limits = callLimits(source.limits, false);
  const { model, tokenizer } = await loadReader(source);
  const limit = readingLimit(model.tokens.maxTokens, tokenizer);
  const program = await openProgram(readerProgram, model, source.backend);
  const hasNullToken = tokenizer.clsId !== null;

  async function answersOf(
    questions: readonly QuestionInput[],
    given: QuestionAnsweringOptions,
    where: (at: number) => string,
  ): Promise<Answer[][]> {
    const { choice, windows } = completed(given, limit);
    const { signal } = given;
    const encoded = await inSlices(
      questions,
      (one, example) => encodeQuestion({ ...one, example }, tokenizer, windows, `${task}${where(example)}`),
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
