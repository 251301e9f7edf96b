import { InputError } from '../../../io/error.ts';
import type { WordReader } from './word-reader.ts';

/** Sentences as a tagger reads them: parts of them, in order, where one has more tokens than fit. */
export interface EncodedWords {
  /** The tokens of every part, the frame's too. */
  readonly ids: readonly Int32Array[];
  /** Where in its part the first token of every word stands. */
  readonly places: readonly Int32Array[];
  /** The characters of every token, where they are read. */
  readonly characters?: readonly (readonly Int32Array[])[];
  /** Which sentence a part belongs to, and which of its words, from 0, is the part's first. */
  readonly origins: readonly { readonly sentence: number; readonly word: number }[];
  /** Sentences in more than one part. */
  readonly divided: number;
  /** Words with more tokens than a part has room for, of which the first tokens are read. */
  readonly cut: readonly { readonly sentence: number; readonly word: number }[];
  /** Words, and those of them that are the unknown token alone. */
  readonly words: { readonly all: number; readonly unknown: number };
  where(index: number): string;
}

interface Part {
  readonly ids: number[];
  readonly places: number[];
  readonly characters: Int32Array[];
}

/**
 * Encodes sentences, words in their order. What has more than `maxTokens` tokens is divided between words; of a word that
 * has more by itself the first tokens are taken.
 *
 * @throws {InputError} when there is no room for a token.
 */
export function encodeWords(
  sentences: readonly (readonly string[])[],
  reader: WordReader,
  { maxTokens, where }: { readonly maxTokens: number; where(sentence: number, word: number): string },
): EncodedWords {
  const { before, after } = reader.frame;
  const room = maxTokens - before.length - after.length;
  if (room < 1) {
    throw new InputError(
      `data: expected room for ${before.length + after.length + 1} tokens at least, got ${maxTokens}`,
    );
  }
  const parts: Part[] = [];
  const origins: { sentence: number; word: number }[] = [];
  const cut: { sentence: number; word: number }[] = [];
  let unknown = 0;
  sentences.forEach((words, sentence) => {
    let part: Part | undefined;
    words.forEach((word, at) => {
      const whole = reader.tokensOf(word);
      const tokens = whole.slice(0, room);
      if (whole.length > room) cut.push({ sentence, word: at });
      if (tokens.length === 1 && tokens[0] === reader.unknownId) unknown++;
      if (!part || part.ids.length - before.length + tokens.length > room) {
        part = { ids: [...before], places: [], characters: [] };
        parts.push(part);
        origins.push({ sentence, word: at });
      }
      part.places.push(part.ids.length);
      part.ids.push(...tokens);
      if (reader.charactersOf) part.characters.push(reader.charactersOf(word));
    });
  });
  return {
    ids: parts.map(({ ids }) => Int32Array.from([...ids, ...after])),
    places: parts.map(({ places }) => Int32Array.from(places)),
    ...(reader.charactersOf && { characters: parts.map(({ characters }) => characters) }),
    origins,
    divided: new Set(origins.filter(({ word }) => word > 0).map(({ sentence }) => sentence)).size,
    cut,
    words: { all: sentences.reduce((sum, { length }) => sum + length, 0), unknown },
    where: (index) => where(origins[index].sentence, origins[index].word),
  };
}

/** What parts have for each of their words, put together by sentence. */
export function bySentence<T>(
  { origins }: Pick<EncodedWords, 'origins'>,
  sentences: number,
  parts: readonly (readonly T[])[],
): T[][] {
  const whole = Array.from({ length: sentences }, (): T[] => []);
  parts.forEach((part, index) => whole[origins[index].sentence].push(...part));
  return whole;
}
