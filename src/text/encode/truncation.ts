import { InputError } from '../../io/error.ts';
import { type Encoding, emptyEncoding, mapLists } from './encoding.ts';

/** Which of two texts loses tokens: the longer, the first, or the second. */
export type TruncationStrategy = 'longest_first' | 'only_first' | 'only_second';

/** The side of a text or a batch. */
export type Side = 'left' | 'right';

/** How to shorten the texts of an encoding. */
export interface TruncationSettings {
  readonly strategy: TruncationStrategy;
  /** The most tokens of all texts together, without those of the template. */
  readonly max_length: number;
  /** The side that loses tokens. */
  readonly side: Side;
  /** The number of tokens that each overflowing part repeats of the part before it. */
  readonly stride: number;
}

/** The parts of a text: the one that is kept, then the overflowing ones. */
export type Parts = readonly [kept: Encoding, ...overflowing: Encoding[]];

/**
 * Shortens one or two texts to `max_length` tokens together.
 *
 * Source: tokenizers 0.23 utils/truncation.rs (`truncate_encodings`).
 * @throws {InputError} when the text that may lose tokens has too few, or `stride` is too large.
 */
export function truncate(texts: readonly Encoding[], settings: TruncationSettings): readonly Parts[] {
  const lengths = texts.map(({ ids }) => ids.length);
  const kept = keptLengths(lengths, settings);
  return texts.map((text, at) => split(text, kept[at], settings));
}

function keptLengths(lengths: readonly number[], { strategy, max_length }: TruncationSettings): readonly number[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const excess = total - max_length;
  if (excess <= 0) return lengths;
  if (max_length === 0) return lengths.map(() => 0);
  if (strategy === 'longest_first') {
    if (lengths.length === 1) return [max_length];
    const [shorter, longer] = balanced(Math.min(...lengths), max_length);
    return lengths[0] > lengths[1] ? [longer, shorter] : [shorter, longer];
  }
  const at = strategy === 'only_first' ? 0 : 1;
  if (lengths.length === 1 && at === 1)
    throw new InputError('tokenizer: truncation: only_second needs a text_pair, got none');
  if (lengths[at] <= excess) {
    throw new InputError(
      `tokenizer: truncation: expected the ${at === 0 ? 'first' : 'second'} text to have more than the ${excess} tokens that ` +
        `${strategy} must remove, got ${lengths[at]}; longest_first shortens both`,
    );
  }
  return lengths.map((length, text) => (text === at ? length - excess : length));
}

/** The lengths of the shorter and the longer text: only the longer is cut unless both have more than half. */
function balanced(shortest: number, max_length: number): readonly [number, number] {
  const longest = shortest > max_length ? shortest : Math.max(shortest, max_length - shortest);
  if (shortest + longest <= max_length) return [shortest, longest];
  const half = Math.floor(max_length / 2);
  return [half, max_length - half];
}

/**
 * Splits a text into parts of `length` tokens, from the side that is kept.
 *
 * Source: tokenizers 0.23 tokenizer/encoding.rs (`Encoding::truncate`).
 */
function split(text: Encoding, length: number, { side, stride }: TruncationSettings): Parts {
  const total = text.ids.length;
  if (length >= total) return [text];
  if (length === 0) return [emptyEncoding, text];
  if (stride >= length) {
    throw new InputError(
      `tokenizer: truncation: expected a stride below the ${length} tokens of text that fit into max_length, got ${stride}`,
    );
  }
  const ranges: (readonly [number, number])[] = [];
  for (let done = 0; ranges.length === 0 || done + stride < total; done += length - stride) {
    const reach = Math.min(done + length, total);
    ranges.push(side === 'right' ? [done, reach] : [total - reach, total - done]);
    if (reach === total) break;
  }
  const [kept, ...overflowing] = ranges.map(([start, end]) => mapLists(text, (list) => list.slice(start, end)));
  return [kept, ...overflowing];
}
