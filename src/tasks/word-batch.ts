import type { HostTensor } from '../runtime/backend.ts';
import { textFeeds } from './text-batch.ts';
import type { EncodedWords } from './word-encode.ts';

/** Places of words in a batch, two at least: a chain's scan runs from the first to the second. */
const leastWords = 2;

const int32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ type: 'int32', shape, data });

/** How many places a batch has for words, W. */
const placesOf = ({ places }: EncodedWords, indices: Int32Array): number =>
  indices.reduce((most, index) => Math.max(most, places[index].length), leastWords);

/**
 * Sentences as a tagger is fed them, padded on the right: `input_ids`, `attention_mask` int32 [B, T], `word_places` int32
 * [B, W], where in the flattened [B·T] the first token of each word stands, and `character_ids` int32 [B, T, C] where
 * characters are read.
 *
 * @param indices which of the sentences, in the order of the rows.
 */
export function wordFeeds(words: EncodedWords, indices: Int32Array, padTokenId: number): Record<string, HostTensor> {
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

function characterFeeds({ characters }: EncodedWords, indices: Int32Array, time: number): Record<string, HostTensor> {
  if (!characters) return {};
  const longest = indices.reduce(
    (most, index) => characters[index].reduce((longer, { length }) => Math.max(longer, length), most),
    1,
  );
  const ids = new Int32Array(indices.length * time * longest);
  indices.forEach((index, row) => {
    characters[index].forEach((word, t) => ids.set(word, (row * time + t) * longest));
  });
  return { character_ids: int32([indices.length, time, longest], ids) };
}

/** A number for every word of a batch, [B, W], `filler` behind a sentence's last word. */
export function wordNumbers(
  words: EncodedWords,
  indices: Int32Array,
  numberOf: (index: number) => Int32Array,
  filler: number,
): HostTensor {
  const width = placesOf(words, indices);
  const data = new Int32Array(indices.length * width).fill(filler);
  indices.forEach((index, row) => data.set(numberOf(index), row * width));
  return int32([indices.length, width], data);
}
