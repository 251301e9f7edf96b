import { InputError } from '../../../io/error.ts';
import { itemAt } from '../../../io/item-at.ts';
import type { TextRow } from '../../model/text-batch.ts';
import type { RowSet } from '../../run/encoded-row.ts';
import type { WordReader } from './word-reader.ts';

/** A sentence as a tagger reads it, or a part of one with more tokens than fit. */
export interface WordPart extends TextRow {
  /** The position of each word's first token. */
  readonly places: Int32Array;
  /** The position after the last word's last token. */
  readonly end: number;
  /** The characters of every token, if they are read. */
  readonly characters?: readonly Int32Array[];
  /** The index in its sentence, from 0, of its first word. */
  readonly word: number;
}

/** Sentences as a tagger reads them, in order. */
export interface EncodedWords<Part extends WordPart = WordPart> extends RowSet<Part> {
  /** The number of sentences in more than one part. */
  readonly divided: number;
  /** Words with more tokens than fit into a part; only their first tokens are read. */
  readonly cut: readonly { readonly sentence: number; readonly word: number }[];
  /** The number of words, and of those that are only the unknown token. */
  readonly words: { readonly all: number; readonly unknown: number };
}

interface OpenPart {
  readonly ids: number[];
  readonly places: number[];
  readonly characters: Int32Array[];
  readonly sentence: number;
  readonly word: number;
}

/**
 * Encodes sentences, with their words in order. A sentence of more than `maxTokens` tokens is divided between words; of
 * a longer word only the first tokens are kept.
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
      `data: expected room for at least ${before.length + after.length + 1} tokens, got ${maxTokens}`,
    );
  }
  const open: OpenPart[] = [];
  const cut: { sentence: number; word: number }[] = [];
  let unknown = 0;
  const first = new Map<string, readonly number[]>();
  const later = new Map<string, readonly number[]>();
  const tokensOf = (word: string, isFirst: boolean): readonly number[] => {
    const known = isFirst ? first : later;
    const tokens = known.get(word) ?? reader.tokensOf(word, isFirst);
    known.set(word, tokens);
    return tokens;
  };
  sentences.forEach((words, sentence) => {
    let part: OpenPart | undefined;
    words.forEach((word, at) => {
      const whole = tokensOf(word, at === 0);
      const tokens = whole.slice(0, room);
      if (whole.length > room) cut.push({ sentence, word: at });
      if (tokens.length === 1 && tokens[0] === reader.unknownId) unknown++;
      if (!part || part.ids.length - before.length + tokens.length > room) {
        part = { ids: [...before], places: [], characters: [], sentence, word: at };
        open.push(part);
      }
      part.places.push(part.ids.length);
      part.ids.push(...tokens);
      if (reader.charactersOf) part.characters.push(reader.charactersOf(word));
    });
  });
  return {
    samples: sentences.length,
    rows: open.map(({ ids, places, characters, sentence, word }) => ({
      example: sentence,
      size: ids.length + after.length,
      ids: Int32Array.from([...ids, ...after]),
      places: Int32Array.from(places),
      end: ids.length,
      ...(reader.charactersOf && { characters }),
      word,
    })),
    divided: new Set(open.filter(({ word }) => word > 0).map(({ sentence }) => sentence)).size,
    cut,
    words: { all: sentences.reduce((sum, { length }) => sum + length, 0), unknown },
    where(index) {
      const { sentence, word } = itemAt(open, index, 'a part');
      return where(sentence, word);
    },
  };
}
