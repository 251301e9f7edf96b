import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import { codePoints } from '../../text/code-points.ts';
import type { Encoding } from '../../text/encode/encoding.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { TextRow } from '../model/text-batch.ts';

/** A question with a part of its context, as a model reads them together. Places are those of tokens in the row. */
export interface QuestionWindow extends TextRow {
  /** The token that start and end point at if the answer is not in the window. */
  readonly nullPlace: number;
  /** The first token of the context. */
  readonly first: number;
  /** Which tokens of the context are in the window: so many, from this one. */
  readonly from: number;
  readonly count: number;
}

/** The tokens of a whole context: where each begins and ends in it, in code points, and the number of its word. */
export interface ContextTokens {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly words: Int32Array;
}

/** A question in windows that cover its whole context. */
export interface EncodedQuestion {
  readonly windows: readonly QuestionWindow[];
  readonly tokens: ContextTokens;
}

/** How long contexts are divided, by the names of Transformers' `run_qa.py`. */
export interface WindowOptions {
  /** The most tokens of a window, the question and special tokens included. */
  readonly max_length: number;
  /** The number of tokens of the context that each window repeats of the one before it. */
  readonly doc_stride: number;
}

/** What is asked. */
interface Asked {
  readonly question: string;
  readonly context: string;
  /** Its number, the `example` of its windows. */
  readonly example: number;
}

const second = 1;

/**
 * The token that stands for "no answer here": the class token, otherwise the one that begins texts, otherwise the first.
 *
 * Source: transformers 4.57.3 examples/pytorch/question-answering/run_qa.py, `prepare_train_features`.
 */
function nullPlaceOf(ids: readonly number[], { clsId, bosId }: Tokenizer): number {
  const places = [clsId, bosId].map((id) => (id === null ? -1 : ids.indexOf(id)));
  return places.find((place) => place >= 0) ?? 0;
}

/** The tokens of the context in the encoding of a pair. Blanks around a token's text, as in `▁Rome`, are not its own. */
function contextTokens(context: string, { sequence_ids, offsets, word_ids }: Encoding): ContextTokens {
  const places = sequence_ids.flatMap((text, place) => (text === second ? [place] : []));
  const points = codePoints(context);
  const trimmed = places.map((place) => {
    const [start, end] = itemAt(offsets, place, 'a token');
    const text = points.slice(start, end);
    const from = start + text.length - text.trimStart().length;
    return [from, Math.max(from, end - text.length + text.trimEnd().length)] as const;
  });
  return {
    starts: Int32Array.from(trimmed, ([start]) => start),
    ends: Int32Array.from(trimmed, ([, end]) => end),
    words: Int32Array.from(places, (place) => word_ids[place] ?? -1),
  };
}

/**
 * A question and its context as tokens. A context that is too long for one window gives several, which overlap; the
 * question is whole in each.
 *
 * @param where names the question in errors.
 * @throws {InputError} when the context has no tokens, or the question leaves too little room for it.
 */
export function encodeQuestion(
  { question, context, example }: Asked,
  tokenizer: Tokenizer,
  { max_length, doc_stride }: WindowOptions,
  where: string,
): EncodedQuestion {
  const whole = tokenizer.encoding(question, { text_pair: context });
  const tokens = contextTokens(context, whole);
  if (tokens.starts.length === 0) {
    throw new InputError(`${where}: expected a context with tokens, got ${JSON.stringify(context.slice(0, 40))}`);
  }
  const room = max_length - (whole.ids.length - tokens.starts.length);
  const isLong = whole.ids.length > max_length;
  if (isLong && room <= doc_stride) {
    throw new InputError(
      `${where}: expected a question that leaves the context more than the ${doc_stride} tokens of doc_stride in windows of ${max_length}, got one that leaves ${Math.max(0, room)}`,
    );
  }
  const encoding = isLong
    ? tokenizer.encoding(question, {
        text_pair: context,
        truncation: 'only_second',
        truncation_side: 'right',
        max_length,
        stride: doc_stride,
        return_overflowing_tokens: true,
      })
    : whole;
  const windows = [encoding, ...encoding.overflowing].map(({ ids, type_ids, sequence_ids }, at) => ({
    example,
    size: ids.length,
    ids: Int32Array.from(ids),
    typeIds: Int32Array.from(type_ids),
    nullPlace: nullPlaceOf(ids, tokenizer),
    first: sequence_ids.indexOf(second),
    from: at === 0 ? 0 : at * (room - doc_stride),
    count: sequence_ids.filter((text) => text === second).length,
  }));
  return { windows, tokens };
}
