import { InputError } from '../io/error.ts';
import type { EncodedPairs } from './encode.ts';
import { randomStream, shuffle } from './shuffle.ts';

export interface EpochOptions {
  /** No batch has more target tokens than this, padding counted: B · T ≤ it. */
  max_tokens_per_batch: number;
  /** The same for the source, B · S ≤ it, so that memory is bounded on both sides. Default: twice the target's. */
  max_source_tokens_per_batch?: number;
  /** S and T are rounded up to a multiple of this. Default 1. */
  pad_to_multiple_of?: number;
  seed: number;
}

/** An epoch's batches: which pairs each holds, in the order they are to be used. Every pair is in exactly one. */
export interface EpochPlan {
  batches: Int32Array[];
  /** Share of padding among all target tokens laid out, 0–1. */
  targetPadding: number;
  /** The same of the source. */
  sourcePadding: number;
}

/**
 * Divides the pairs into batches of like length, for one epoch.
 *
 * Pairs are sorted by target length, then source length, ties in an order drawn anew each epoch; then consecutive pairs
 * fill batches, and the batches are shuffled. All follows from (`seed`, `epoch`) alone, so a position (epoch, batch) says
 * what comes next.
 *
 * @throws {InputError} when a single pair is larger than a batch may be.
 */
export function planEpoch(pairs: EncodedPairs, options: EpochOptions, epoch: number): EpochPlan {
  const { max_tokens_per_batch: most, pad_to_multiple_of: multiple = 1, seed } = options;
  const mostSource = options.max_source_tokens_per_batch ?? 2 * most;
  const random = randomStream(seed, epoch);
  const order = shuffle(
    Int32Array.from(pairs.target, (_, i) => i),
    random,
  );
  const length = (side: readonly Int32Array[], index: number): number =>
    Math.ceil(side[index].length / multiple) * multiple;
  order.sort(
    (a, b) => length(pairs.target, a) - length(pairs.target, b) || length(pairs.source, a) - length(pairs.source, b),
  );

  const batches: Int32Array[] = [];
  let laidOut = { source: 0, target: 0 };
  let from = 0;
  let widest = { source: 0, target: 0 };
  const close = (to: number): void => {
    if (to === from) return;
    batches.push(order.slice(from, to));
    const count = to - from;
    laidOut = { source: laidOut.source + count * widest.source, target: laidOut.target + count * widest.target };
    from = to;
    widest = { source: 0, target: 0 };
  };
  order.forEach((index, at) => {
    const own = { source: length(pairs.source, index), target: length(pairs.target, index) };
    refuseTooLong(pairs.origin(index), own, { source: mostSource, target: most });
    const grown = { source: Math.max(widest.source, own.source), target: Math.max(widest.target, own.target) };
    const count = at - from + 1;
    if (count * grown.target > most || count * grown.source > mostSource) {
      close(at);
      widest = own;
    } else {
      widest = grown;
    }
  });
  close(order.length);
  const real = (side: readonly Int32Array[]): number => side.reduce((sum, ids) => sum + ids.length, 0);
  return {
    batches: shuffle(batches, random),
    targetPadding: 1 - real(pairs.target) / laidOut.target,
    sourcePadding: 1 - real(pairs.source) / laidOut.source,
  };
}

type Sides = { source: number; target: number };
const LIMITS = { source: 'max_source_tokens_per_batch', target: 'max_tokens_per_batch' } as const;

function refuseTooLong(origin: string, own: Sides, most: Sides): void {
  for (const side of ['target', 'source'] as const) {
    if (own[side] <= most[side]) continue;
    throw new InputError(
      `data ${origin}: one ${side} must fit into a batch, ${LIMITS[side]} ${most[side]}, got ${own[side]} tokens; ` +
        'raise the limit or set max_length',
    );
  }
}
