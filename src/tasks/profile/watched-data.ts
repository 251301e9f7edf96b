import type { RandomBytes } from '../../train/random/random-bytes.ts';
import type { BatchSource, MicroBatch } from '../../train/update/micro-batch.ts';

/** What batches cost and hold, summed since `begin`. */
export interface DataCount {
  /** ms of reading and padding batches. */
  batches: number;
  /** ms of generating random bytes. */
  randomBytes: number;
  tokens: number;
  /** Positions of texts in masks, and how many of them are padding. */
  positions: number;
  padding: number;
}

const nothing = (): DataCount => ({ batches: 0, randomBytes: 0, tokens: 0, positions: 0, padding: 0 });

/** A training's data and random bytes, with what they cost. */
export class WatchedData {
  readonly source: BatchSource;
  readonly randomBytes: RandomBytes;
  #count = nothing();

  constructor(source: BatchSource, randomBytes: RandomBytes) {
    const count = () => this.#count;
    this.source = {
      get position() {
        return source.position;
      },
      get batchesInEpoch() {
        return source.batchesInEpoch;
      },
      next(parts) {
        const start = performance.now();
        const made = source.next(parts);
        count().batches += performance.now() - start;
        for (const batch of [made].flat()) addBatch(count(), batch);
        return made;
      },
    };
    this.randomBytes = {
      async fill(name, update, microBatch, into) {
        const start = performance.now();
        await randomBytes.fill(name, update, microBatch, into);
        count().randomBytes += performance.now() - start;
      },
    };
  }

  /** Forgets what was counted so far. */
  begin(): void {
    this.#count = nothing();
  }

  get count(): Readonly<DataCount> {
    return this.#count;
  }
}

function addBatch(count: DataCount, { feeds, tokens }: MicroBatch): void {
  count.tokens += tokens;
  for (const [name, { data }] of Object.entries(feeds)) {
    if (!name.endsWith('attention_mask')) continue;
    const ones = Array.prototype.reduce.call(data, (sum, one) => Number(sum) + Number(one), 0) as number;
    count.positions += data.length;
    count.padding += data.length - ones;
  }
}
