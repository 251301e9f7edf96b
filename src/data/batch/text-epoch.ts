import { InputError } from '../../io/error.ts';
import { randomStream, shuffle } from './shuffle.ts';

/** The lengths of texts in tokens, and the place of each in its file. */
export interface SizedTexts {
  readonly sizes: readonly number[];
  where(index: number): string;
}

/** How texts are grouped into batches. */
export interface TextEpochOptions {
  /** The most tokens in a batch, padding included: B · T. */
  readonly max_tokens_per_batch: number;
  /** The most texts in a batch. Default: no limit. */
  readonly max_texts_per_batch?: number | undefined;
  readonly seed: number;
}

/**
 * Groups the texts of one epoch into batches of similar length: the texts in each, in the order of use.
 *
 * Texts of equal length, and the batches, are shuffled anew each epoch. Everything follows from (`seed`, `epoch`)
 * alone, so a position (epoch, batch) determines what comes next.
 *
 * @throws {InputError} when a single text exceeds the limit of a batch.
 */
export function planTextEpoch({ sizes, where }: SizedTexts, options: TextEpochOptions, epoch: number): Int32Array[] {
  const { max_tokens_per_batch: most, max_texts_per_batch: count = Number.POSITIVE_INFINITY, seed } = options;
  const random = randomStream(seed, epoch);
  const lengths = Int32Array.from(sizes);
  const longest = lengths.findIndex((length) => length > most);
  if (longest >= 0) {
    throw new InputError(
      `data ${where(longest)}: every text must fit into a batch, max_tokens_per_batch = ${most}, ` +
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
