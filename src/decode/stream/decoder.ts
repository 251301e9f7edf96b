/** Turns ids into text: a tokenizer. */
export interface Decoder {
  decode(ids: ArrayLike<number>, options?: { skip_special_tokens?: boolean }): string;
}

/** What a tokenizer writes for an incomplete character. */
export const incomplete = '\ufffd';

/** A text without incomplete characters at its end. */
export function wholeText(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === incomplete) end--;
  return text.slice(0, end);
}
