import type { PlacedWord } from './word-splitter.ts';

const mark = /\p{M}/u;

/** Whether NFC may join a character to those before it: a mark, a vowel or a final consonant of Hangul. */
const joins = (before: string, character: string): boolean =>
  mark.test(character) ||
  (before + character).normalize('NFC') !== before.normalize('NFC') + character.normalize('NFC');

/**
 * The characters of a text in NFC, each with the place in the text as given that it was written in: a syllable of Hangul
 * that is written as three jamo stands over three UTF-16 units.
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
    // Characters that NFC leaves as they are stand where they stood; others stand for the whole cluster.
    if (composed.join('') !== written) return composed.map((word) => ({ word, start, end }));
    let at = start;
    return composed.map((word) => ({ word, start: at, end: (at += word.length) }));
  });
}
