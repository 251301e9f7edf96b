import type { Tokenizer } from '../../text/tokenizer.ts';

/** A text as token ids. */
export interface TextWithin {
  readonly ids: readonly number[];
  /** The ids of the whole text: the same list if nothing is cut. */
  readonly whole: readonly number[];
}

/**
 * The ids of a text, at most `most` of them. A text that is too long loses tokens of its own, and all special tokens of
 * the template stay, as in Transformers.
 *
 * @throws {InputError} when the special tokens alone are more.
 */
export function encodeWithin(tokenizer: Tokenizer, text: string, most: number): TextWithin {
  const whole = tokenizer.encode(text);
  return { ids: tokenizer.shortened(whole, most), whole };
}
