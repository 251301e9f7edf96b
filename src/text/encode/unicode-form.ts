import type { Change } from './placed-text.ts';
import type { Step } from './step.ts';

/** A normalization form of Unicode. */
export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/**
 * A normalization form with the place of each character: the first character of a decomposition replaces the original
 * one and the others are inserted; a composition takes the place of its first character.
 *
 * Source: tokenizers 0.23 unicode_normalization_alignments/{decompose,recompose}.rs. Its tables are those of
 * `String.normalize`.
 */
export const unicodeForm = (form: UnicodeForm): Step => ({
  plain: (text) => text.normalize(form),
  placed: (text) => {
    const decomposed = decompositions(text.text, form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD');
    return text.transform(form === 'NFD' || form === 'NFKD' ? decomposed : compositions(decomposed));
  },
});

/** Decomposed characters in canonical order. */
function decompositions(text: string, form: 'NFD' | 'NFKD'): Change[] {
  const all: Change[] = [];
  let pending: Change[] = [];
  const sort = (): void => {
    if (pending.length > 1) pending = inOrder(pending);
    for (const one of pending) all.push(one);
    pending = [];
  };
  for (const original of text) {
    let change = 0;
    for (const character of original.normalize(form)) {
      if (isStarter(character)) sort();
      pending.push({ character, change });
      change = 1;
    }
  }
  sort();
  return all;
}

/** A character and the marks after it in the order of their classes, which `String.normalize` knows. */
function inOrder(characters: readonly Change[]): Change[] {
  const left = [...characters];
  return Array.from(
    characters
      .map(({ character }) => character)
      .join('')
      .normalize('NFD'),
    (character) => {
      // Equal characters have equal classes and keep their order.
      const [found] = left.splice(
        left.findIndex((one) => one.character === character),
        1,
      );
      return found;
    },
  );
}

/** Composes decomposed characters as far as NFC does: a mark is blocked by one of its own or a higher class before it. */
function compositions(characters: readonly Change[]): Change[] {
  const all: Change[] = [];
  let composed: Change | undefined;
  let marks: Change[] = [];
  const purge = (): void => {
    if (composed) all.push(composed);
    for (const mark of marks) all.push(mark);
    composed = undefined;
    marks = [];
  };
  for (const one of characters) {
    const last = marks.at(-1);
    const isBlocked = last !== undefined && !isBefore(last.character, one.character);
    const character: string | undefined =
      composed && !isBlocked ? composition(composed.character, one.character) : undefined;
    if (composed && character !== undefined) {
      composed = { character, change: composed.change + one.change - 1 };
    } else if (isStarter(one.character)) {
      purge();
      composed = one;
    } else if (composed) marks.push(one);
    else all.push(one);
  }
  purge();
  return all;
}

/** The single character that two compose to. */
function composition(first: string, second: string): string | undefined {
  const both = (first + second).normalize('NFC');
  const isOne = both.length === 1 || (both.length === 2 && (both.codePointAt(0) as number) > 0xffff);
  return isOne ? both : undefined;
}

/** The mark of the highest class. */
const LAST = '\u0345';

const starters = new Map<string, boolean>();

/** Whether a character's combining class is 0: marks are not reordered across it. */
function isStarter(character: string): boolean {
  if (character < '\u0300') return true;
  let known = starters.get(character);
  if (known === undefined) {
    known = character !== LAST && (LAST + character).normalize('NFD') === LAST + character.normalize('NFD');
    if (starters.size > 10_000) starters.clear();
    starters.set(character, known);
  }
  return known;
}

/** Whether the class of one mark is below that of another: written the other way round, they are reordered. */
const isBefore = (first: string, second: string): boolean =>
  !isStarter(second) && first !== second && (second + first).normalize('NFD') === first + second;
