import type { PlacedWord } from './splitter.ts';

const mark = /\p{M}/u;

/** Whether NFC can join a character to those before it: a combining mark, or a vowel or final consonant of Hangul. */
const joins = (before: string, character: string): boolean =>
  mark.test(character) ||
  (before + character).normalize('NFC') !== before.normalize('NFC') + character.normalize('NFC');

/**
 * The characters of a text in NFC, each with its range in the original text: a Hangul syllable written as three jamo
 * covers three UTF-16 units.
 */
export function placedCharacters(text: string): PlacedWord[] {
  const clusters: { start: number; end: number }[] = [];
  let end = 0;
  for (const character of text) {
    const start = end;
    end += character.length;
    const last = clusters.at(-1);
    if (last && joins(text.slice(last.start, last.end), character)) last.end = end;
    else clusters.push({ start, end });
  }
  return clusters.flatMap(({ start, end }) => {
    const written = text.slice(start, end);
    const composed = [...written.normalize('NFC')];
    // Characters that NFC does not change keep their own range; others get that of the whole cluster.
    if (composed.join('') !== written) return composed.map((word) => ({ word, start, end }));
    let at = start;
    return composed.map((word) => ({ word, start: at, end: (at += word.length) }));
  });
}
