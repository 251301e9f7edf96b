/** Batches of random ids, made alike by `python/`: the same lengths on either side, so that both do the same work. */
import { makeBatch } from '../../dist/data/batch/batch.js';
import { dealOut } from '../../dist/data/batch/index-stream.js';
import { randomStream } from '../../dist/data/batch/shuffle.js';
import { sequenceFeeds } from '../../dist/tasks/text-to-text/sequence-batch.js';

/** Batches that take turns. */
export const pool = 4;

/**
 * A source's batches, of one stream of random numbers: `make(random)` gives a function from rows, by their numbers below
 * `count`, to what is fed of them. Parts are made once, so that timing sees none of it.
 */
export function eachBatch(count, make) {
  const random = randomStream(0);
  const rows = Int32Array.from({ length: count }, (_, row) => row);
  return Array.from({ length: pool }, () => {
    const of = make(random);
    const made = new Map();
    return (parts = 1) => {
      if (!made.has(parts)) made.set(parts, dealOut(rows, parts).map(of));
      return made.get(parts);
    };
  });
}

/** Some rows of tensors that have a row for every row of a batch. */
export const pickRows = (feeds, rows) =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { type, shape, data }]) => {
      const width = data.length / shape[0];
      const picked = Array.from(rows, (row) => [...data.subarray(row * width, (row + 1) * width)]).flat();
      return [name, { type, shape: [rows.length, ...shape.slice(1)], data: Int32Array.from(picked) }];
    }),
  );

/** A row of ids for each length, from 1 to `vocabulary` − 2: neither the first nor the last, which is padding. */
export const randomRows = (random, lengths, vocabulary) =>
  lengths.map((length) => Int32Array.from({ length }, () => 1 + random.below(vocabulary - 2)));

/** Pairs of rows as `sequenceLoss` is fed some of them. */
export const pairFeeds = (source, target, pad) => (rows) =>
  sequenceFeeds(makeBatch({ source, target }, rows, { sourcePadId: pad, targetPadId: pad, decoderStartTokenId: pad }));

/** int32 of a shape, row-major. */
export const int32 = (shape, data) => ({ type: 'int32', shape, data: Int32Array.from(data) });
