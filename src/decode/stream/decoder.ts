/** Turns ids into text: a tokenizer. */
export interface Decoder {
  decode(ids: ArrayLike<number>, options?: { skip_special_tokens?: boolean }): string;
  /** Ids are below this. A model whose table has more rows never generates the others. */
  readonly vocabSize?: number | undefined;
}

/** What a tokenizer writes for an incomplete character. */
export const incomplete = '\ufffd';

/** A text without incomplete characters at its end. */
export function wholeText(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === incomplete) end--;
  return text.slice(0, end);
}
