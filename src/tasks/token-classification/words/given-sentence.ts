import { InputError } from '../../../io/error.ts';
import { typeFound } from '../../../io/found.ts';
import { wellFormed } from '../../../io/surrogate.ts';
import type { PlacedWord } from '../../../text/words/splitter.ts';
import { charactersOf } from '../../../text/words/vocabulary-build.ts';
import type { WordReader } from './word-reader.ts';
import type { WordSplitter } from './word-splitter-folder.ts';

/** A text and its words. */
export interface GivenSentence {
  readonly text: string;
  readonly words: readonly PlacedWord[];
}

/** Sentences whose words are located in their texts. */
export const sentencesOfTexts = (texts: readonly string[], wordsOf: WordSplitter): GivenSentence[] =>
  texts.map((text) => ({ text, words: wordsOf(text) }));

/**
 * Sentences given as lists of words. Their text is the words joined by blanks, or without blanks if words are
 * characters. Lone surrogates become U+FFFD, as in texts.
 *
 * @throws {InputError} for anything but a list of words, a blank word, or a word of several characters where words are
 *   characters.
 */
export function sentencesOfWords(
  sentences: readonly (readonly string[])[],
  { isOfCharacters }: WordReader,
): GivenSentence[] {
  const expected = isOfCharacters ? 'characters' : 'words that are not blank';
  const isWord = (word: unknown): word is string =>
    typeof word === 'string' && (isOfCharacters ? charactersOf(word).length === 1 : word.trim() !== '');
  const between = isOfCharacters ? '' : ' ';
  return sentences.map((given, at) => {
    if (!Array.isArray(given)) {
      throw new InputError(
        `token-classification: is_split_into_words: expected a list of words, got ${typeFound(given)}, at ${at}`,
      );
    }
    let end = -between.length;
    const words = given.map((each, i) => {
      if (!isWord(each)) {
        const got = typeof each === 'string' ? JSON.stringify(each) : typeFound(each);
        throw new InputError(
          `token-classification: is_split_into_words: expected ${expected}, got ${got}, at word ${i} of ${at}`,
        );
      }
      const word = wellFormed(each);
      const start = end + between.length;
      end = start + word.length;
      return { word, start, end };
    });
    return { text: words.map(({ word }) => word).join(between), words };
  });
}
