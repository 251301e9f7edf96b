import { InputError } from '../../io/error.ts';
import type { Change } from './placed-text.ts';
import type { Step } from './step.ts';

/** More UTF-8 bytes than any replacement of a published table has. */
const longestReplacement = 256;

/** The longest grapheme, in bytes, that is replaced as one. */
const longestGrapheme = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * SentencePiece's normalization by a table.
 *
 * A grapheme of up to five bytes is looked up first, then each of its characters; the shortest entry that begins it
 * replaces all of it.
 *
 * Source: tokenizers 0.23 normalizers/precompiled.rs; crate spm_precompiled 0.1.4.
 * @throws {InputError} when the table is torn or has an entry that is too long.
 */
export function precompiled(charsmap: unknown, where: string): Step {
  if (charsmap === null || charsmap === undefined || charsmap === '')
    return { plain: (text) => text, placed: (text) => text };
  const table = characterTable(charsmap, where);
  const replacementOf = remembered((part) => table.shortest(encoder.encode(part)));
  const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
  const byCharacter = (text: string): string => {
    let result = '';
    for (const character of text) result += replacementOf(character) ?? character;
    return result;
  };
  const changes = (text: string): Change[] => {
    const all: Change[] = [];
    const replace = (part: string, replacement: string): void => {
      const characters = [...replacement];
      const lengths = [...part].length;
      characters.forEach((character, at) => all.push({ character, change: at < lengths ? 0 : 1 }));
      const last = all.pop();
      if (last)
        all.push(characters.length < lengths ? { ...last, change: last.change + characters.length - lengths } : last);
    };
    for (const { segment } of graphemes.segment(text)) {
      const whole = isShort(segment) ? replacementOf(segment) : undefined;
      if (whole !== undefined) replace(segment, whole);
      else {
        for (const character of segment) {
          const own = replacementOf(character);
          if (own === undefined) all.push({ character, change: 0 });
          else replace(character, own);
        }
      }
    }
    return all;
  };
  // Between printable characters of ASCII, every character is a grapheme.
  const hasPlainAscii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).every(
    (character) => replacementOf(character) === undefined,
  );
  return {
    plain: (text) => {
      if (hasPlainAscii && /^[ -~]*$/.test(text)) return text;
      if (!joining.test(text)) return byCharacter(text);
      let result = '';
      for (const { segment } of graphemes.segment(text)) {
        const whole = isShort(segment) ? replacementOf(segment) : undefined;
        result += whole ?? byCharacter(segment);
      }
      return result;
    },
    placed: (text) => text.transform(changes(text.text)),
  };
}

/**
 * What can make a grapheme of several characters that is short: a line end, marks, joiners, modifiers. Without these, every
 * character can be looked up on its own.
 */
const joining = /\r\n|[\p{M}\p{Cf}\p{Emoji_Modifier}\u0e33\u0eb3]/u;

const isShort = (segment: string): boolean =>
  segment.length <= longestGrapheme && encoder.encode(segment).length <= longestGrapheme;

const mostRemembered = 2 ** 16;

/** A lookup that keeps what it found. */
function remembered(find: (part: string) => string | undefined): (part: string) => string | undefined {
  const known = new Map<string, string | undefined>();
  return (part) => {
    const found = known.get(part);
    if (found !== undefined || known.has(part)) return found;
    const own = find(part);
    if (known.size >= mostRemembered) known.clear();
    known.set(part, own);
    return own;
  };
}

/** Looks up sequences of characters in a table. */
export interface CharacterTable {
  /** What replaces the shortest entry that a text begins with. */
  shortest(bytes: Uint8Array): string | undefined;
  /** What replaces the longest entry that a text begins with, and the length of that entry in bytes. */
  longest(bytes: Uint8Array): { readonly text: string; readonly length: number } | undefined;
}

/**
 * Reads a table: the size of a double-array trie, the trie, and replacements that each end with a zero byte.
 *
 * @throws {InputError} when the table is torn or has a replacement that is too long.
 */
export function characterTable(charsmap: unknown, where: string): CharacterTable {
  const bytes = bytesOf(charsmap, where);
  const view = new DataView(bytes.buffer);
  const size = bytes.length < 4 ? -1 : view.getUint32(0, true);
  if (size < 4 || size % 4 !== 0 || 4 + size > bytes.length) {
    throw new InputError(`${where}: expected a table of ${size} bytes, got ${Math.max(0, bytes.length - 4)}`);
  }
  const units = Uint32Array.from({ length: size / 4 }, (_, at) => view.getUint32(4 + 4 * at, true));
  const replacements = bytes.subarray(4 + size);
  let run = 0;
  for (const byte of replacements) {
    run = byte === 0 ? 0 : run + 1;
    if (run > longestReplacement)
      throw new InputError(`${where}: expected replacements of at most ${longestReplacement} bytes, got a longer one`);
  }
  const textAt = (start: number): string => {
    const end = replacements.indexOf(0, start);
    return decoder.decode(replacements.subarray(start, end < 0 ? undefined : end));
  };
  /** Visits the entries that a text begins with, the shortest first, until `visit` returns true. */
  const entries = (bytes: Uint8Array, visit: (text: () => string, length: number) => boolean): void => {
    let node = offsetOf(units[0]);
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      node ^= byte;
      const unit = units[node];
      if (byte === 0 || unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return;
      node ^= offsetOf(unit);
      const isEntry = ((unit >>> 8) & 1) === 1;
      if (isEntry && visit(() => textAt((units[node] ?? 0) & 0x7fffffff), at + 1)) return;
    }
  };
  return {
    shortest: (bytes) => {
      let found: string | undefined;
      entries(bytes, (text) => {
        found = text();
        return true;
      });
      return found;
    },
    longest: (bytes) => {
      let found: { text: string; length: number } | undefined;
      entries(bytes, (text, length) => {
        found = { text: text(), length };
        return false;
      });
      return found;
    },
  };
}

const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

function bytesOf(charsmap: unknown, where: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(String(charsmap)), (character) => character.charCodeAt(0));
  } catch {
    throw new InputError(`${where}: expected base64, got ${JSON.stringify(String(charsmap).slice(0, 60))}`);
  }
}
