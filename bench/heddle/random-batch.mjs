/** Batches of random ids, made alike by `python/`: the same lengths on either side, so that both do the same work. */
import { makeBatch } from '../../dist/data/batch.js';
import { randomStream } from '../../dist/data/shuffle.js';
import { sequenceFeeds } from '../../dist/tasks/sequence-batch.js';

/** Batches that take turns. */
export const pool = 4;

/** Something made for every batch, of one stream of random numbers. */
export function eachBatch(make) {
  const random = randomStream(0);
  return Array.from({ length: pool }, () => make(random));
}

/** A row of ids for each length, from 1 to `vocabulary` − 2: neither the first nor the last, which is padding. */
export const randomRows = (random, lengths, vocabulary) =>
  lengths.map((length) => Int32Array.from({ length }, () => 1 + random.below(vocabulary - 2)));

/** Pairs of rows as `sequenceLoss` is fed them. */
export function pairFeeds(source, target, pad) {
  const tokens = { sourcePadId: pad, targetPadId: pad, decoderStartTokenId: pad };
  const indices = Int32Array.from(source, (_, i) => i);
  return sequenceFeeds(makeBatch({ source, target }, indices, tokens));
}

/** int32 of a shape, row-major. */
export const int32 = (shape, data) => ({ type: 'int32', shape, data: Int32Array.from(data) });
