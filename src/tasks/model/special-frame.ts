import type { Tokenizer } from '../../text/tokenizer.ts';

/** The special tokens of a tokenizer's template, before and after a text. */
export interface SpecialFrame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** A text that has a token, which shows where the template puts it. */
const sample = 'a';

/** The special tokens that a tokenizer puts around a text. */
export function frameOf(tokenizer: Tokenizer): SpecialFrame {
  const { ids, special_tokens_mask: isSpecial } = tokenizer.encoding(sample);
  const first = isSpecial.indexOf(0);
  if (first < 0) return { before: ids, after: [] };
  return { before: ids.slice(0, first), after: ids.slice(isSpecial.lastIndexOf(0) + 1) };
}
