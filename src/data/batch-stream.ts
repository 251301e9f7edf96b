import { InputError } from '../io/error.ts';
import { type Batch, type BatchTokens, makeBatch } from './batch.ts';
import type { EncodedPairs } from './encode.ts';
import { type EpochOptions, type EpochPlan, planEpoch } from './epoch.ts';
import { type DataPosition, dealOut, IndexStream } from './index-stream.ts';

export type { DataPosition } from './index-stream.ts';

/** Training batches of pairs without end, as an {@link IndexStream} gives them. */
export class BatchStream {
  readonly #pairs: EncodedPairs;
  readonly #options: EpochOptions & BatchTokens;
  readonly #stream: IndexStream<EpochPlan>;

  /** @throws {InputError} when there are no pairs, one pair exceeds a batch, or the position is outside its epoch. */
  constructor(pairs: EncodedPairs, options: EpochOptions & BatchTokens, position?: DataPosition) {
    if (pairs.target.length === 0) throw new InputError('data: expected pairs to train on, got none');
    this.#pairs = pairs;
    this.#options = options;
    this.#stream = new IndexStream((epoch) => planEpoch(pairs, options, epoch), position);
  }

  /** The position of the batch that `next` will give. */
  get position(): DataPosition {
    return this.#stream.position;
  }

  /** The plan of the epoch that the next batch belongs to. */
  get plan(): EpochPlan {
    return this.#stream.plan;
  }

  /** The next batch, in at most `parts` parts. */
  next(parts = 1): readonly Batch[] {
    return dealOut(this.#stream.next(), parts).map((indices) => makeBatch(this.#pairs, indices, this.#options));
  }
}
