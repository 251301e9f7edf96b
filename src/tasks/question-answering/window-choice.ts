import { InputError } from '../../io/error.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { WindowOptions } from './question-window.ts';

/** The most tokens of a window and of what it repeats, unless they are set. Source: the defaults of `run_qa.py`. */
const usual: WindowOptions = { max_length: 384, doc_stride: 128 };

/** The most tokens that are read at once, and what says so. */
export interface ReadingLimit {
  readonly tokens: number;
  readonly name: string;
}

/** The limit of a model with so many positions, and of its tokenizer if that is known. */
export function readingLimit(positions: number, tokenizer?: Pick<Tokenizer, 'modelMaxLength'>): ReadingLimit {
  const most = tokenizer?.modelMaxLength ?? Number.POSITIVE_INFINITY;
  return most < positions
    ? { tokens: most, name: "the tokenizer's model_max_length" }
    : { tokens: positions, name: 'model.max_position_embeddings' };
}

/**
 * How contexts are divided, by one rule in training, evaluation and the pipeline: windows of 384 tokens, or as many as
 * the model reads, that repeat 128 tokens, or half of a window if that is less.
 *
 * @param nameOf names an option in errors.
 * @throws {InputError} for windows that the model cannot read, or that repeat as much as they hold.
 */
export function windowOptions(
  given: { readonly [Name in keyof WindowOptions]?: number | undefined },
  limit: ReadingLimit,
  nameOf: (option: keyof WindowOptions) => string,
): WindowOptions {
  const { max_length = Math.min(limit.tokens, usual.max_length) } = given;
  const { doc_stride = Math.min(Math.floor(max_length / 2), usual.doc_stride) } = given;
  if (max_length > limit.tokens) {
    throw new InputError(
      `${nameOf('max_length')}: expected at most ${limit.name} = ${limit.tokens}, got ${max_length}`,
    );
  }
  if (doc_stride >= max_length) {
    throw new InputError(
      `${nameOf('doc_stride')}: expected less than the ${max_length} tokens of a window, got ${doc_stride}`,
    );
  }
  return { max_length, doc_stride };
}
