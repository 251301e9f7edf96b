import { InputError } from '../../io/error.ts';
import type { EncodedPairs } from './encode.ts';
import { noPadding, type Padding } from './padding.ts';
import { type RandomStream, randomStream, shuffle } from './shuffle.ts';

/** How pairs are grouped into batches. */
export interface EpochOptions {
  /** The most target tokens in a batch, padding included: B · T. */
  max_tokens_per_batch: number;
  /** The same for the source, B · S, so that memory is bounded on both sides. Default: twice the target's limit. */
  max_source_tokens_per_batch?: number | undefined;
  /** How batches are filled up: their lengths count as padded. Default: no padding beyond the longest. */
  padding?: Padding | undefined;
  seed: number;
}

/** The batches of an epoch: the pairs in each, in the order of use. Every pair is in exactly one batch. */
export interface EpochPlan {
  batches: Int32Array[];
  /** Share of padding among all target tokens, 0–1. */
  targetPadding: number;
  /** Share of padding among all source tokens, 0–1. */
  sourcePadding: number;
}

/**
 * Groups the pairs of one epoch into batches of similar length.
 *
 * Batches are filled with consecutive pairs of a walk through the plane of lengths, then shuffled. Everything follows
 * from (`seed`, `epoch`) alone, so a position (epoch, batch) determines what comes next.
 *
 * @throws {InputError} when a single pair exceeds the limit of a batch.
 * @throws {RangeError} when the two sides differ in number.
 */
export function planEpoch(pairs: EncodedPairs, options: EpochOptions, epoch: number): EpochPlan {
  const { max_tokens_per_batch: most, padding: { length } = noPadding, seed } = options;
  const mostSource = options.max_source_tokens_per_batch ?? 2 * most;
  const counts = { sources: pairs.source.length, targets: pairs.target.length };
  if (counts.sources !== counts.targets) {
    throw new RangeError(`data: expected as many sources as targets, got ${counts.sources} and ${counts.targets}`);
  }
  const random = randomStream(seed, epoch);
  const padded = (ids: Int32Array): number => length(ids.length);
  const lengths = { source: Int32Array.from(pairs.source, padded), target: Int32Array.from(pairs.target, padded) };
  const order = lengthWalk(lengths, random);

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
    const own = { source: lengths.source[index]!, target: lengths.target[index]! };
    refuseTooLong(pairs.origin(index), own, { source: mostSource, target: most }, options);
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

/**
 * All pairs in an order in which neighbours have similar lengths on both sides.
 *
 * The pairs whose longer side is n form an L in the plane of lengths. The walk visits the Ls in order of n, each from
 * the opposite end to the one before, so that it never jumps. Compared with sorting by target, then source, this halved
 * the padding of Multi30k. Ties, the direction of the walk and its first end are drawn anew each epoch.
 */
function lengthWalk({ source, target }: { source: Int32Array; target: Int32Array }, random: RandomStream): Int32Array {
  const start = random.below(2);
  const most = Math.max(maximum(source), maximum(target));
  // The position of a pair on the walk: every L has its own range.
  const place = Float64Array.from(source, (length, i) => {
    const other = target[i]!;
    const longer = Math.max(length, other);
    const turn = (longer + start) % 2 === 0 ? 1 : -1;
    return longer * (2 * most + 1) + turn * (other - length);
  });
  const order = shuffle(
    source.map((_, i) => i),
    random,
  );
  order.sort((a, b) => place[a]! - place[b]!);
  return random.below(2) === 0 ? order : order.reverse();
}

const maximum = (lengths: Int32Array): number => lengths.reduce((most, length) => Math.max(most, length), 0);

type Sides = { source: number; target: number };

function refuseTooLong(origin: string, own: Sides, most: Sides, options: EpochOptions): void {
  const limits = {
    target: 'max_tokens_per_batch',
    source: options.max_source_tokens_per_batch ? 'max_source_tokens_per_batch' : 'twice max_tokens_per_batch',
  };
  for (const side of ['target', 'source'] as const) {
    if (own[side] <= most[side]) continue;
    throw new InputError(
      `data ${origin}: every ${side} must fit into a batch, ${limits[side]} = ${most[side]}, got ${own[side]} tokens; ` +
        'raise the limit or lower max_length',
    );
  }
}
