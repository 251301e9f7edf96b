import { type DocumentKind, documentsOf } from '../../data/read/document.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

/** A text as a language model reads it. */
export interface LanguageText {
  /**
   * The token that texts begin with, then the text's own. Where lines are documents each begins and ends with `</s>`, one
   * token between two.
   */
  readonly ids: Int32Array;
  /**
   * Characters (code points of NFC) that all tokens but the first spell; `</s>` counts as the newline it stands for.
   */
  readonly characters: number;
  /** Tokens that are `<unk>`. */
  readonly unknown: number;
}

/**
 * How a tokenizer of a language model encodes. Lines end and begin with one token, and their first word is spelt like any
 * other; a prompt of running text has the tokens that the text has at its place, so no blank is added.
 */
export const encodingOf = (kind: DocumentKind) => ({
  add_eos_token: false,
  add_bos_token: kind === 'lines',
  add_prefix_space: kind === 'lines',
});

/**
 * The token that texts begin with: `</s>` where lines are documents; in running text, which has none, the newline, after
 * which something new begins, or `</s>` where the tokenizer knows no newline either.
 */
export function startToken(tokenizer: Tokenizer, kind: DocumentKind): number {
  const newline = kind === 'text' ? tokenizer.encode('\n').at(-1) : undefined;
  const isNewline = newline !== undefined && tokenizer.decode([newline]) === '\n';
  const start = isNewline ? newline : tokenizer.eosId;
  if (start === null) throw new Error('language text: the tokenizer has no end token');
  return start;
}

/** Encodes a text of one or many documents. `start`: the token that texts begin with. */
export function encodeLanguageText(
  text: string,
  kind: DocumentKind,
  tokenizer: Tokenizer,
  start: number,
): LanguageText {
  const documents = documentsOf(text, kind);
  const parts = documents.map((document) => tokenizer.encode(document));
  const isLines = kind === 'lines';
  // Every line brings the token that it begins with.
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

/** Code points of a text in NFC. */
function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text.normalize('NFC')) count++;
  return count;
}
