import { tokenSpelling } from './token-spelling.ts';
import type { TokenizerJson } from './tokenizer-json.ts';

/** What a token means at its position in a sequence. */
export interface TokenText {
  /**
   * The characters that begin in the token; a character spread over several tokens belongs to the first of them. The
   * texts of a sequence, without special tokens, join to its decoded text; those of WordPiece tokens have no blanks.
   */
  readonly text: string;
  /**
   * The token as people read it, never empty: `·` is a blank, `늘(1/3)` the first of three tokens that share one
   * character, `<0xEB>` a byte that is not part of a character. A combining mark is shown on `◌`, `##` continues a
   * word, and invisible characters are escaped: `\n`, `\u200d`.
   */
  readonly label: string;
  /** Whether it is an added token such as `</s>`, whose text is its name. */
  readonly isSpecial: boolean;
  /**
   * Whether a word begins with it: after a blank, in WordPiece without `##`. A blank belongs to the word after it; special
   * tokens are words of their own.
   */
  readonly startsWord: boolean;
}

/** A byte of a sequence and the token it belongs to. */
interface HeldByte {
  readonly byte: number;
  readonly token: number;
}

/** A token's share of one character. */
interface Part {
  /** The character if it begins in this token, else an empty string. */
  readonly text: string;
  readonly label: string;
}

const BLANK = 0x20;

/** Returns a reader of token sequences for a `tokenizer.json`; `isSpecial` identifies added tokens. */
export function tokenTextReader(
  json: TokenizerJson,
  isSpecial: (token: string) => boolean,
): (tokens: readonly string[]) => TokenText[] {
  const { bytes, addsBlank, continuing } = tokenSpelling(json);
  // Between the tokens of WordPiece blanks are lost.
  const isWordPiece = (json.model as { readonly type?: unknown }).type === 'WordPiece';
  const startsWord = (token: string, text: string, word: string): boolean => {
    if (isWordPiece) return continuing === '' || !token.startsWith(continuing);
    return word.trim() !== '' && (/^\s/u.test(text) || /\s$/u.test(word));
  };
  return (tokens) => {
    const spelt = tokens.map((token) => (isSpecial(token) ? undefined : bytes(token)));
    const first = spelt.findIndex((own) => own !== undefined);
    const start = spelt[first];
    if (addsBlank && start?.[0] === BLANK) spelt[first] = start.subarray(1);
    const parts = partsOf(spelt);
    const read: TokenText[] = [];
    /** The text of the word so far; undefined where the next token begins one. */
    let word: string | undefined;
    for (const [i, token] of tokens.entries()) {
      if (spelt[i] === undefined) {
        read.push({ text: token, label: token, isSpecial: true, startsWord: true });
        word = undefined;
        continue;
      }
      const text = parts[i].map((part) => part.text).join('');
      const mark = continuing !== '' && token.startsWith(continuing) ? continuing : '';
      // A token without bytes is the blank that was added at the start.
      const label = mark + parts[i].map((part) => part.label).join('') || '·';
      const starts = word === undefined || startsWord(token, text, word);
      word = starts ? text : word + text;
      read.push({ text, label, isSpecial: false, startsWord: starts });
    }
    return read;
  };
}

/** The parts of every token. No character extends across a special token, whose bytes are undefined. */
function partsOf(spelt: readonly (Uint8Array | undefined)[]): readonly (readonly Part[])[] {
  const parts: Part[][] = spelt.map(() => []);
  let run: HeldByte[] = [];
  spelt.forEach((own, token) => {
    if (own === undefined) {
      split(run, parts);
      run = [];
    } else for (const byte of own) run.push({ byte, token });
  });
  split(run, parts);
  return parts;
}

/** Splits bytes into characters and gives every token its share of each. */
function split(run: readonly HeldByte[], parts: readonly Part[][]): void {
  for (let at = 0; at < run.length; ) {
    const { byte, token } = run[at];
    const held = run.slice(at, at + lengthFrom(byte));
    const character = decoded(held);
    if (character === undefined) {
      parts[token].push({ text: '\ufffd', label: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>` });
      at++;
      continue;
    }
    const tokens = [...new Set(held.map((one) => one.token))];
    tokens.forEach((holder, piece) => {
      const label = visible(character, parts[holder].length === 0);
      const number = tokens.length === 1 ? '' : `(${piece + 1}/${tokens.length})`;
      parts[holder].push({ text: piece === 0 ? character : '', label: label + number });
    });
    at += held.length;
  }
}

/** The number of bytes in a UTF-8 character, by its first byte. */
function lengthFrom(byte: number): number {
  if (byte < 0xc0) return 1;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(held: readonly HeldByte[]): string | undefined {
  try {
    return decoder.decode(Uint8Array.from(held, ({ byte }) => byte));
  } catch {
    return undefined;
  }
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\r', '\\r'],
]);

/** A character in visible form. At the start of a token there is nothing it could combine with. */
function visible(character: string, isFirst: boolean): string {
  if (character === ' ') return '·';
  const isHidden = /[\p{Cc}\p{Z}]/u.test(character) || (isFirst && /\p{Default_Ignorable_Code_Point}/u.test(character));
  if (isHidden) return escapes.get(character) ?? escaped(character.codePointAt(0) as number);
  return isFirst && /\p{M}/u.test(character) ? `◌${character}` : character;
}

const escaped = (codePoint: number): string => {
  const digits = codePoint.toString(16);
  return digits.length > 4 ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
};
