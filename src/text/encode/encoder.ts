import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type Encoding, joinEncodings } from './encoding.ts';
import { addedTokens, applyTemplate, formOf, type Template } from './template.ts';
import { type Parts, type Side, type TruncationStrategy, truncate } from './truncation.ts';

/** How `Tokenizer.encoding` encodes a text. The names and defaults are those of Transformers' tokenizers. */
export interface EncodingOptions {
  /** The second text of a pair: a text, or a list of words if `is_split_into_words` is set. */
  readonly text_pair?: string | readonly string[] | null | undefined;
  /** The texts are lists of words; `word_ids` are their numbers. Each word is encoded on its own. Default false. */
  readonly is_split_into_words?: boolean | undefined;
  /** Sets the special tokens of the template around the texts. Default true. */
  readonly add_special_tokens?: boolean | undefined;
  /** Whether texts are shortened to `max_length`, and which text of a pair; true means `longest_first`. Default false. */
  readonly truncation?: TruncationStrategy | boolean | undefined;
  /**
   * The most tokens, special tokens included; needs `truncation`. Default: `model_max_length` of
   * `tokenizer_config.json`; without one, nothing is cut.
   */
  readonly max_length?: number | undefined;
  /** The side that loses tokens. Default: `truncation_side` of `tokenizer_config.json`, otherwise right. */
  readonly truncation_side?: Side | undefined;
  /** The number of tokens that each overflowing part repeats of the part before it. Default 0. */
  readonly stride?: number | undefined;
  /** Returns what was cut, in `overflowing`; needs `truncation`. Default false. */
  readonly return_overflowing_tokens?: boolean | undefined;
}

const words = z.union([z.string(), z.array(z.string())]);
const strategies = ['longest_first', 'only_first', 'only_second'] as const;
const options = z.strictObject({
  text_pair: words.nullish(),
  is_split_into_words: z.boolean().default(false),
  add_special_tokens: z.boolean().default(true),
  truncation: z.union([z.enum(strategies), z.boolean()]).default(false),
  max_length: z.int().min(0).optional(),
  truncation_side: z.enum(['left', 'right']).optional(),
  stride: z.int().min(0).optional(),
  return_overflowing_tokens: z.boolean().default(false),
});

/** What the files of a tokenizer say about its encodings. */
export interface EncodingDefaults {
  readonly template: Template;
  /** Undefined when the model has no limit. */
  readonly max_length: number | undefined;
  readonly truncation_side: Side;
}

/** The error for a `max_length` below the number of special tokens. */
export const noRoom = (special: number, max_length: number): InputError =>
  new InputError(`tokenizer: encoding: max_length: expected room for the ${special} special tokens, got ${max_length}`);

/** Returns `Tokenizer.encoding`. `piecesOf` encodes one text or one word, without special tokens. */
export function encoder(
  piecesOf: (text: string) => Encoding,
  { template, max_length: longest, truncation_side: side }: EncodingDefaults,
): (text: string | readonly string[], options?: EncodingOptions) => Encoding {
  return (text, given = {}) => {
    const checked = check(options, given, 'tokenizer: encoding');
    const { text_pair, is_split_into_words, add_special_tokens, stride = 0 } = checked;
    const texts = (text_pair === undefined || text_pair === null ? [text] : [text, text_pair]).map((one) =>
      is_split_into_words ? encodedWords(one, piecesOf) : piecesOf(wholeText(one)),
    );
    const form = formOf(template, texts.length);
    const framed = (parts: readonly Encoding[]): Encoding =>
      applyTemplate(form, parts.map(template.trim), { add_special_tokens });
    if (!checked.truncation) {
      checkIdle(checked);
      return framed(texts);
    }
    const max_length = checked.max_length ?? longest;
    if (max_length === undefined) return framed(texts);
    const room = max_length - (add_special_tokens ? addedTokens(form) : 0);
    if (room < 0) throw noRoom(addedTokens(form), max_length);
    if (stride > 0 && stride >= room) {
      throw new InputError(
        `tokenizer: encoding: stride: expected less than the ${room} tokens of text in max_length ${max_length}, got ${stride}`,
      );
    }
    const strategy = checked.truncation === true ? 'longest_first' : checked.truncation;
    const parts = truncate(texts, { strategy, max_length: room, side: checked.truncation_side ?? side, stride });
    const kept = framed(parts.map(([first]) => first));
    return checked.return_overflowing_tokens ? { ...kept, overflowing: overflow(parts).map(framed) } : kept;
  };
}

/**
 * Each further part of the first text with all of the second, then the first part with the rest of the second.
 *
 * Source: tokenizers 0.23 tokenizer/encoding.rs (`Encoding::merge_with`).
 */
function overflow([first, second]: readonly Parts[]): Encoding[][] {
  if (!second) return first.slice(1).map((part) => [part]);
  const [kept, ...rest] = first;
  const all = rest.flatMap((part) => second.map((other) => [part, other]));
  return [...all, ...second.slice(1).map((other) => [kept, other])];
}

/** Options that only act together with `truncation`. */
function checkIdle(given: z.output<typeof options>): void {
  for (const name of ['max_length', 'stride', 'truncation_side', 'return_overflowing_tokens'] as const) {
    if (given[name]) throw new InputError(`tokenizer: encoding: ${name} needs truncation, got none`);
  }
}

function wholeText(text: unknown): string {
  if (typeof text === 'string') return text;
  const found = Array.isArray(text) ? 'a list; is_split_into_words reads it as words' : typeof text;
  throw new InputError(`tokenizer: expected a text, got ${found}`);
}

function encodedWords(text: unknown, piecesOf: (text: string) => Encoding): Encoding {
  if (!Array.isArray(text))
    throw new InputError(`tokenizer: is_split_into_words: expected a list of words, got a text`);
  return joinEncodings(
    text.map((word, at) => {
      const pieces = piecesOf(wholeText(word));
      return { ...pieces, word_ids: pieces.ids.map(() => at) };
    }),
  );
}
