import type { TokenizerJson } from '../tokenizer-json.ts';
import type { Step } from './step.ts';

/** A token of `added_tokens`, which is found in a text before anything else. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Only found as a whole word. */
  readonly single_word: boolean;
  /** Also takes the white space on its left. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Found in the normalized text, by its own normalized content. */
  readonly normalized: boolean;
}

/** A part of a text, in UTF-16 units: a token that was added, or text. */
export interface Section {
  readonly start: number;
  readonly end: number;
  readonly token: AddedToken | undefined;
}

/** Finds added tokens in texts. */
export interface AddedTokenFinder {
  /** Whether a text may have one; false is certain. */
  occursIn(text: string): boolean;
  /** The tokens and what is between them. */
  sections(text: string): readonly Section[];
}

type Node = Map<string, Node> & { token?: AddedToken };

/** The added tokens of a checked `tokenizer.json`. */
export const addedTokensOf = ({ added_tokens }: TokenizerJson): AddedToken[] =>
  ((added_tokens ?? []) as (Partial<AddedToken> & { id: number; content: string; special?: boolean })[]).map(
    ({ id, content, single_word, lstrip, rstrip, normalized, special = false }) => ({
      id,
      content,
      single_word: single_word === true,
      lstrip: lstrip === true,
      rstrip: rstrip === true,
      normalized: normalized ?? !special,
    }),
  );

const word = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]`;
const endsWithWord = new RegExp(`${word}$`, 'u');
const startsWithWord = new RegExp(`^${word}`, 'u');
const whiteSpace = /\p{White_Space}/u;

/**
 * Finds `tokens`; where several begin, the longest. With a normalizer, their contents are normalized.
 *
 * Source: tokenizers 0.23 tokenizer/added_vocabulary.rs (`find_matches`).
 */
export function addedTokenFinder(tokens: readonly AddedToken[], normalizer?: Step): AddedTokenFinder {
  const root: Node = new Map();
  for (const token of tokens) {
    const content = normalizer ? normalizer.plain(token.content) : token.content;
    if (content === '') continue;
    let node = root;
    for (let at = 0; at < content.length; at++) {
      const next: Node = node.get(content[at]) ?? new Map();
      node.set(content[at], next);
      node = next;
    }
    node.token ??= token;
  }
  const matchAt = (text: string, start: number): { token: AddedToken; end: number } | undefined => {
    let found: { token: AddedToken; end: number } | undefined;
    let end = start + 1;
    for (let node = root.get(text[start]); node; node = node.get(text[end++])) {
      if (node.token) found = { token: node.token, end };
    }
    return found;
  };
  return {
    occursIn: (text) => {
      if (root.size === 0) return false;
      for (let at = 0; at < text.length; at++) if (matchAt(text, at)) return true;
      return false;
    },
    sections: (text) => {
      const all: Section[] = [];
      let done = 0;
      for (let at = 0; at < text.length; ) {
        const found = matchAt(text, at);
        if (!found) {
          at++;
          continue;
        }
        const { token } = found;
        let [start, end] = [at, found.end];
        at = end;
        if (token.single_word && (isWordBefore(text, start) || startsWithWord.test(text.slice(end, end + 2)))) continue;
        if (token.lstrip) while (start > done && whiteSpace.test(text[start - 1])) start--;
        if (token.rstrip) while (end < text.length && whiteSpace.test(text[end])) end++;
        if (start > done) all.push({ start: done, end: start, token: undefined });
        all.push({ start, end, token });
        done = end;
      }
      if (done < text.length) all.push({ start: done, end: text.length, token: undefined });
      return all;
    },
  };
}

const isWordBefore = (text: string, end: number): boolean => endsWithWord.test(text.slice(Math.max(0, end - 2), end));
