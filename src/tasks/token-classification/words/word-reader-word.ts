import { InputError } from '../../../io/error.ts';
import type { Vocabulary } from '../../../text/words/vocabulary.ts';
import { charactersOf } from '../../../text/words/vocabulary-build.ts';
import type { WordReader } from './word-reader.ts';

/** The vocabulary of words; if a folder has none, characters are the words. */
export const wordsFile = 'word_vocabulary.json';
/** A vocabulary of characters. */
export const charactersFile = 'character_vocabulary.json';

/** The most characters of a word that are read; of longer words the first and the last half of this number. */
const mostCharacters = 16;

/** @throws {InputError} for a vocabulary of labels, which has no unknown token. */
function specials(vocabulary: Vocabulary): Pick<WordReader, 'padTokenId' | 'unknownId' | 'droppedId'> {
  const { padId, unkId } = vocabulary;
  if (padId === null || unkId === null) {
    throw new InputError('vocabulary: expected one with pad_token and unk_token, got null');
  }
  return { padTokenId: padId, unknownId: unkId, droppedId: unkId };
}

const jsonText = (vocabulary: Vocabulary): string => `${JSON.stringify(vocabulary, null, 1)}\n`;

function characterIds(word: string, vocabulary: Vocabulary): Int32Array {
  const characters = charactersOf(word);
  const half = mostCharacters / 2;
  const read =
    characters.length > mostCharacters ? [...characters.slice(0, half), ...characters.slice(-half)] : characters;
  return Int32Array.from(read, (character) => vocabulary.idOf(character));
}

/** A word is one token, or unknown; its characters are also read if there is a vocabulary of them. */
export function readerOfWords(words: Vocabulary, characters?: Vocabulary): WordReader {
  return {
    frame: { before: [], after: [] },
    tokensOf: (word) => [words.idOf(word)],
    ...(characters && {
      charactersOf: (word: string) => characterIds(word, characters),
      characterSize: characters.size,
    }),
    size: words.size,
    names: words.names,
    ...specials(words),
    isOfCharacters: false,
    files: { [wordsFile]: jsonText(words), ...(characters && { [charactersFile]: jsonText(characters) }) },
  };
}

/** Every character is a word and a token. */
export const readerOfCharacters = (characters: Vocabulary): WordReader => ({
  frame: { before: [], after: [] },
  tokensOf: (word) => [characters.idOf(word)],
  size: characters.size,
  ...specials(characters),
  isOfCharacters: true,
  files: { [charactersFile]: jsonText(characters) },
});
