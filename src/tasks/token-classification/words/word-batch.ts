import { noPadding, type Padding } from '../../../data/batch/padding.ts';
import { packWords } from '../../../data/batch/word-packing.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import { type HostMatrix, int32Matrix, type TextReader, textFeeds } from '../../model/text-batch.ts';
import type { WordPart } from './word-encode.ts';

/** A sentence with the positions of its words, and their characters if they are read. */
export type WordRow = Omit<WordPart, 'word'>;

/** The fewest word positions in a batch: the scan of a chain runs from the first to the second. */
const leastWords = 2;

/**
 * Sentences as inputs of a tagger, padded on the right: `input_ids`, `attention_mask` int32 [B, T]; `word_places` int32
 * [B, W], the position of each word's first token in the flattened [B·T]; and, if characters are read, `character_ids`
 * int32 [R, C], words packed into rows, and `character_ends` int32 [B, T, 2], a word's last and first position in the
 * flattened [R·C].
 */
export function wordFeeds(
  sentences: readonly WordRow[],
  reader: TextReader,
): Record<'input_ids' | 'attention_mask' | 'word_places', HostMatrix> &
  Partial<Record<'character_ids' | 'character_ends', HostTensor>> {
  const tokens = textFeeds(sentences, reader);
  const [, time] = tokens.input_ids.shape;
  const { padding = noPadding } = reader.tokens;
  const placesOf = ({ places }: WordRow, row: number) => places.map((place) => row * time + place);
  const word_places = wordNumbers(sentences, placesOf, { filler: 0, padding });
  return { ...tokens, word_places, ...characterFeeds(sentences, time, padding) };
}

/** Every word in the batch is read once, however often it occurs. */
function characterFeeds(
  rows: readonly WordRow[],
  time: number,
  padding: Padding,
): Partial<Record<'character_ids' | 'character_ends', HostTensor>> {
  const sentences = rows.flatMap(({ characters }) => (characters ? [characters] : []));
  if (sentences.length < rows.length) return {};
  const known = new Map<string, number>();
  const words: Int32Array[] = [];
  const numberOf = (word: Int32Array): number => {
    const key = word.join();
    const number = known.get(key) ?? words.push(word) - 1;
    known.set(key, number);
    return number;
  };
  const numbers = sentences.map((sentence) => sentence.map(numberOf));
  const { ids, rows: packed, width, starts } = packWords(words, padding);
  const lasts = starts.map((start, number) => start + Math.max(1, words[number]!.length) - 1);
  const ends = new Int32Array(rows.length * time * 2);
  numbers.forEach((sentence, row) => {
    sentence.forEach((number, t) => {
      ends.set([lasts[number]!, starts[number]!], (row * time + t) * 2);
    });
  });
  return {
    character_ids: int32Matrix(packed, width, ids),
    character_ends: { type: 'int32', shape: [rows.length, time, 2], data: ends },
  };
}

/**
 * The position of the first token of each token's word in the flattened [B·T], −1 at special tokens and padding; [B, T].
 *
 * @param time T, the length that the sentences are padded to.
 */
export function wordStarts(sentences: readonly WordRow[], time: number): HostMatrix {
  const starts = new Int32Array(sentences.length * time).fill(-1);
  sentences.forEach(({ places, end }, row) => {
    const from = row * time;
    places.forEach((place, word) => void starts.fill(from + place, from + place, from + (places[word + 1] ?? end)));
  });
  return int32Matrix(sentences.length, time, starts);
}

/** A number for every word of a batch, [B, W], with `filler` after a sentence's last word. */
export function wordNumbers<Row extends WordRow>(
  sentences: readonly Row[],
  numbersOf: (sentence: Row, row: number) => Int32Array,
  { filler, padding = noPadding }: { readonly filler: number; readonly padding?: Padding | undefined },
): HostMatrix {
  const width = padding.length(sentences.reduce((most, { places }) => Math.max(most, places.length), leastWords));
  const data = new Int32Array(sentences.length * width).fill(filler);
  sentences.forEach((sentence, row) => data.set(numbersOf(sentence, row), row * width));
  return int32Matrix(sentences.length, width, data);
}
