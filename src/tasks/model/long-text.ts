import type { Tokenizer } from '../../text/tokenizer.ts';

/** Whether a text has more tokens than `most`. */
export function isTooLong(text: string, tokenizer: Tokenizer, most: number): boolean {
  // A text has at most as many tokens as bytes, its first space and the template's own apart.
  return text.length * 3 + 8 > most && tokenizer.encode(text).length > most;
}

/** What is said of a text that is cut to the model's positions. */
export const cutNote = (most: number): string => `cut to ${most} tokens, the model's max_position_embeddings`;

/** The first tokens of a text and its last, the end token. */
export function cutTokens(ids: readonly number[], most: number): readonly number[] {
  return ids.length <= most ? ids : [...ids.slice(0, most - 1), ids[ids.length - 1]];
}
