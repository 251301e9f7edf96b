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
  const sizes = texts.ids.map(({ length }, index) => ({ index, length }));
  const tooLong = sizes.find(({ length }) => length > most);
  if (tooLong) {
    throw new InputError(
      `data ${texts.where(tooLong.index)}: one text must fit into a batch, max_tokens_per_batch = ${most}, ` +
        `got ${tooLong.length} tokens; raise the limit or lower max_length`,
    );
  }
  const order = shuffle(sizes, random).sort((a, b) => a.length - b.length);
  const batches: Int32Array[] = [];
  let from = 0;
  const close = (to: number): void => {
    if (to > from) batches.push(Int32Array.from(order.slice(from, to), ({ index }) => index));
    from = to;
  };
  order.forEach(({ length }, at) => {
    const size = at - from;
    if ((size + 1) * length > most || size === count) close(at);
  });
  close(order.length);
  return shuffle(batches, random);
}
