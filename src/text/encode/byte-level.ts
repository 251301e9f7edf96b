import { byteAlphabet } from '../byte-alphabet.ts';
import type { Encoding, Offsets } from './encoding.ts';
import type { Step } from './step.ts';

const characters: readonly string[] = (() => {
  const all: string[] = [];
  for (const [character, byte] of byteAlphabet) all[byte] = character;
  return all;
})();

const encoder = new TextEncoder();
const written = (text: string): string[] => Array.from(encoder.encode(text), (byte) => characters[byte]);

/** Writes every byte as a printable character. */
export const byteLevel: Step = {
  // A character of ASCII is one byte.
  isInPlace: (text) => /^\p{ASCII}*$/u.test(text),
  plain: (text) => written(text).join(''),
  placed: (text) =>
    text.transform(
      Array.from(text.text, (original) =>
        written(original).map((character, at) => ({ character, change: at > 0 ? 1 : 0 })),
      ).flat(),
    ),
};

/** How GPT-2 splits text into words. Source: tokenizers 0.23 pre_tokenizers/byte_level.rs. */
export const wordPattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const blank = characters[0x20];
const isBlank = (character: string): boolean => character === blank || /^\p{White_Space}$/u.test(character);

/**
 * Offsets without the blanks at the ends of tokens.
 *
 * Source: tokenizers 0.23 pre_tokenizers/byte_level.rs (`process_offsets`).
 */
export function trimmed(encoding: Encoding, { add_prefix_space }: { readonly add_prefix_space: boolean }): Encoding {
  const offsets = encoding.offsets.map(([start, end], at): Offsets => {
    const spelt = [...encoding.tokens[at]];
    const first = spelt.findIndex((character) => !isBlank(character));
    const blanksBefore = first < 0 ? spelt.length : first;
    const blanksAfter = first < 0 ? spelt.length : spelt.length - 1 - spelt.findLastIndex((one) => !isBlank(one));
    // One blank at the start of a text may be the one that was added.
    const isAdded = (at === 0 || start === 0) && add_prefix_space && blanksBefore === 1;
    const from = isAdded ? start : Math.min(start + blanksBefore, end);
    return [from, blanksAfter > 0 && end >= blanksAfter ? Math.max(end - blanksAfter, from) : end];
  });
  return { ...encoding, offsets };
}
