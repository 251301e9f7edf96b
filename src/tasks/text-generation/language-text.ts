import { type DocumentKind, documentsOf } from '../../data/read/document.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

/** A text as a language model reads it. */
export interface LanguageText {
  /**
   * The token that texts begin with, then the tokens of the text. Where lines are documents, `</s>` stands between two
   * lines, as the end of one and the beginning of the next.
   */
  readonly ids: Int32Array;
  /**
   * Characters (code points of NFC) in all tokens except the first; `</s>` counts as the newline it replaces.
   */
  readonly characters: number;
  /** The number of `<unk>` tokens. */
  readonly unknown: number;
}

/**
 * How a tokenizer of a language model encodes. Lines end and begin with the same token, and their first word is spelt
 * like any other. A prompt of running text must have the same tokens as inside the text, so no blank is added.
 */
export const encodingOf = (kind: DocumentKind) => ({
  add_eos_token: false,
  add_bos_token: kind === 'lines',
  add_prefix_space: kind === 'lines',
});

/**
 * The token that texts begin with: `</s>` where lines are documents. Running text has no `</s>`, so there it is the
 * newline, or `</s>` if the tokenizer has no newline either.
 */
export function startToken(tokenizer: Tokenizer, kind: DocumentKind): number {
  const newline = kind === 'text' ? tokenizer.encode('\n').at(-1) : undefined;
  const isNewline = newline !== undefined && tokenizer.decode([newline]) === '\n';
  const start = isNewline ? newline : tokenizer.eosId;
  if (start === null) throw new Error('language text: the tokenizer has no end token');
  return start;
}

/** Encodes a text of one or more documents. `start`: the token that texts begin with. */
export function encodeLanguageText(
  text: string,
  kind: DocumentKind,
  tokenizer: Tokenizer,
  start: number,
): LanguageText {
  const documents = documentsOf(text, kind);
  const parts = documents.map((document) => tokenizer.encode(document));
  const isLines = kind === 'lines';
  // Every line includes the token that it begins with.
  const edge = Int32Array.of(start);
  const ids = joined(isLines ? [...parts, edge] : [edge, ...parts]);
  const characters = documents.reduce((sum, document) => sum + lengthOf(document) + Number(isLines), 0);
  return { ids, characters, unknown: ids.reduce((count, id) => count + Number(id === tokenizer.unkId), 0) };
}

function joined(parts: readonly ArrayLike<number>[]): Int32Array {
  const ids = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    ids.set(part, at);
    at += part.length;
  }
  return ids;
}

/** The number of code points of a text in NFC. */
function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text.normalize('NFC')) count++;
  return count;
}
