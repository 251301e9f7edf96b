import { InputError } from '../../io/error.ts';
import type { EncodedTexts } from './encode-text.ts';
import { randomStream, shuffle } from './shuffle.ts';

/** How texts are divided into batches. */
export interface TextEpochOptions {
  /** No batch has more tokens than this, padding counted: B · T ≤ it. */
  readonly max_tokens_per_batch: number;
  /** Nor more texts than this. Default: any number. */
  readonly max_texts_per_batch?: number | undefined;
  readonly seed: number;
}

/**
 * Divides texts into batches of like length, for one epoch: which texts each holds, in the order they are to be used.
 *
 * Texts of one length and the batches are shuffled anew each epoch. All follows from (`seed`, `epoch`) alone, so a position
 * (epoch, batch) says what comes next.
 *
 * @throws {InputError} when a single text is larger than a batch may be.
 */
export function planTextEpoch(
  texts: Pick<EncodedTexts, 'ids' | 'where'>,
  options: TextEpochOptions,
  epoch: number,
): Int32Array[] {
  const { max_tokens_per_batch: most, max_texts_per_batch: count = Number.POSITIVE_INFINITY, seed } = options;
  const random = randomStream(seed, epoch);
  const lengths = Int32Array.from(texts.ids, (ids) => ids.length);
  const longest = lengths.findIndex((length) => length > most);
  if (longest >= 0) {
    throw new InputError(
      `data ${texts.where(longest)}: one text must fit into a batch, max_tokens_per_batch = ${most}, ` +
        `got ${lengths[longest]} tokens; raise the limit or lower max_length`,
    );
  }
  const order = shuffle(
    lengths.map((_, i) => i),
    random,
  ).sort((a, b) => lengths[a]! - lengths[b]!);
  const batches: Int32Array[] = [];
  let from = 0;
  order.forEach((index, at) => {
    const size = at - from;
    if (size > 0 && ((size + 1) * lengths[index]! > most || size === count)) {
      batches.push(order.slice(from, at));
      from = at;
    }
  });
  if (from < order.length) batches.push(order.slice(from));
  return shuffle(batches, random);
}
