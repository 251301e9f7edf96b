/** What turns ids into text: a tokenizer. */
export interface Decoder {
  decode(ids: ArrayLike<number>, options?: { skip_special_tokens?: boolean }): string;
}

/** What a tokenizer writes for bytes that are no whole character yet. */
export const incomplete = '\ufffd';

/** A text without the characters at its end whose bytes have not all come. */
export function wholeText(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === incomplete) end--;
  return text.slice(0, end);
}
