import { packWords } from '../../../data/batch/word-packing.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import { textFeeds } from '../../model/text-batch.ts';
import type { EncodedWords } from './word-encode.ts';

/** Sentences with the places of their words, and their characters where they are read. */
export type WordRows = Pick<EncodedWords, 'ids' | 'places' | 'characters'>;

/** Places of words in a batch, two at least: a chain's scan runs from the first to the second. */
const leastWords = 2;

const int32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ type: 'int32', shape, data });

/** How many places a batch has for words, W. */
const placesOf = ({ places }: WordRows, indices: Int32Array): number =>
  indices.reduce((most, index) => Math.max(most, places[index].length), leastWords);

/**
 * Sentences as a tagger is fed them, padded on the right: `input_ids`, `attention_mask` int32 [B, T], `word_places` int32
 * [B, W], where in the flattened [B·T] the first token of each word stands, and where characters are read
 * `character_ids` int32 [R, C], words packed into rows, and `character_ends` int32 [B, T, 2], a word's last and first place
 * in the flattened [R·C].
 *
 * @param indices which of the sentences, in the order of the rows.
 */
export function wordFeeds(words: WordRows, indices: Int32Array, padTokenId: number): Record<string, HostTensor> {
  const tokens = textFeeds(words.ids, indices, padTokenId);
  const [rows, time] = tokens.input_ids.shape;
  const width = placesOf(words, indices);
  const places = new Int32Array(rows * width);
  indices.forEach((index, row) => {
    places.set(
      words.places[index].map((place) => row * time + place),
      row * width,
    );
  });
  return { ...tokens, word_places: int32([rows, width], places), ...characterFeeds(words, indices, time) };
}

/** Every word that the batch has is read once, however often it stands there. */
function characterFeeds({ characters }: WordRows, indices: Int32Array, time: number): Record<string, HostTensor> {
  if (!characters) return {};
  const known = new Map<string, number>();
  const words: Int32Array[] = [];
  const numberOf = (word: Int32Array): number => {
    const key = word.join();
    const number = known.get(key) ?? words.push(word) - 1;
    known.set(key, number);
    return number;
  };
  const sentences = Array.from(indices, (index) => characters[index].map(numberOf));
  const { ids, rows, width, starts } = packWords(words);
  const ends = new Int32Array(indices.length * time * 2);
  sentences.forEach((numbers, row) => {
    numbers.forEach((number, t) => {
      const last = starts[number] + Math.max(1, words[number].length) - 1;
      ends.set([last, starts[number]], (row * time + t) * 2);
    });
  });
  return { character_ids: int32([rows, width], ids), character_ends: int32([indices.length, time, 2], ends) };
}

/** A number for every word of a batch, [B, W], `filler` after a sentence's last word. */
export function wordNumbers(
  words: WordRows,
  indices: Int32Array,
  numberOf: (index: number) => Int32Array,
  filler: number,
): HostTensor {
  const width = placesOf(words, indices);
  const data = new Int32Array(indices.length * width).fill(filler);
  indices.forEach((index, row) => data.set(numberOf(index), row * width));
  return int32([indices.length, width], data);
}
