/** Sentences of names, places and other words, and their tags. */
import { randomStream } from '../../../src/data/batch/shuffle.ts';

const names = ['Kim Gu', 'Ada Lovelace', 'Lee', '홍 길동', '세종', 'Grace Hopper'];
const places = ['Seoul', 'New York', '서울 역', '부산', 'Mount Fuji'];
const others = ['met', 'saw', 'the', 'film', 'in', '에서', '만났다', '.', 'May'];

export interface TaggedWord {
  readonly word: string;
  /** BIO. */
  readonly tag: string;
  /** Which kind of word it is. */
  readonly kind: string;
}

/** The same count and seed give the same. */
export function taggedSentences(count: number, seed: number): TaggedWord[][] {
  const random = randomStream(seed);
  const pick = (list: readonly string[]): string => list[random.below(list.length)];
  const marked = (text: string, type: string, kind: string): TaggedWord[] =>
    text.split(' ').map((word, i) => ({ word, tag: type && `${i === 0 ? 'B' : 'I'}-${type}`, kind }));
  const part = (): TaggedWord[] => {
    const choice = random.below(4);
    if (choice === 0) return marked(pick(names), 'PS', 'PROPN');
    if (choice === 1) return marked(pick(places), 'LC', 'PROPN');
    return [{ word: pick(others), tag: 'O', kind: 'X' }];
  };
  return Array.from({ length: count }, () => Array.from({ length: 1 + random.below(6) }, part).flat());
}

const blocks = (sentences: readonly (readonly string[])[]): string =>
  sentences.map((lines) => `${lines.join('\n')}\n`).join('\n');

/** A word and its tag a line. */
export const entityLines = (sentences: readonly (readonly TaggedWord[])[]): string =>
  blocks(sentences.map((words) => words.map(({ word, tag }) => `${word}\t${tag}`)));

/** A character and its tag a line, blanks between words. */
export const characterLines = (sentences: readonly (readonly TaggedWord[])[]): string =>
  blocks(
    sentences.map((words) =>
      words.flatMap(({ word, tag }, at) => [
        ...(at === 0 ? [] : [` \t${tag.startsWith('I') ? tag : 'O'}`]),
        ...Array.from(word, (letter, i) => `${letter}\t${i > 0 ? tag.replace('B-', 'I-') : tag}`),
      ]),
    ),
  );

/** CoNLL-U, the kind in the column `upos`. */
export const conlluLines = (sentences: readonly (readonly TaggedWord[])[]): string =>
  blocks(
    sentences.map((words) => [
      '# sent_id = 1',
      ...words.map(({ word, kind }, i) => [i + 1, word, '_', kind, '_', '_', '_', '_', '_', '_'].join('\t')),
    ]),
  );

/** Words with blanks between them. */
export const plainLines = (sentences: readonly (readonly TaggedWord[])[]): string[] =>
  sentences.map((words) => words.map(({ word }) => word).join(' '));
