import { InputError } from '../io/error.ts';
import { type Batch, type BatchTokens, makeBatch } from './batch.ts';
import type { EncodedPairs } from './encode.ts';
import { type EpochOptions, type EpochPlan, planEpoch } from './epoch.ts';

/** What comes next: batch `batch` (from 0) of epoch `epoch` (from 0). */
export interface DataPosition {
  readonly epoch: number;
  readonly batch: number;
}

/**
 * Training batches without end, epoch after epoch.
 *
 * The position alone determines what comes next: a stream made with the position of another goes on exactly as that one.
 */
export class BatchStream {
  readonly #pairs: EncodedPairs;
  readonly #options: EpochOptions & BatchTokens;
  #position: DataPosition;
  #plan: EpochPlan;

  /** @throws {InputError} when there are no pairs, one pair exceeds a batch, or the position is outside its epoch. */
  constructor(
    pairs: EncodedPairs,
    options: EpochOptions & BatchTokens,
    position: DataPosition = { epoch: 0, batch: 0 },
  ) {
    if (pairs.target.length === 0) throw new InputError('data: expected pairs to train on, got none');
    this.#pairs = pairs;
    this.#options = options;
    this.#position = { ...position };
    this.#plan = planEpoch(pairs, options, position.epoch);
    if (!(position.batch >= 0 && position.batch <= this.#plan.batches.length)) {
      throw new InputError(
        `data: a position must lie in its epoch of ${this.#plan.batches.length} batches, ` +
          `got batch ${position.batch} of epoch ${position.epoch}`,
      );
    }
    this.#turn();
  }

  /** The position of the batch that `next` will give. */
  get position(): DataPosition {
    return { ...this.#position };
  }

  /** The plan of the epoch that the next batch belongs to. */
  get plan(): EpochPlan {
    return this.#plan;
  }

  next(): Batch {
    const batch = makeBatch(this.#pairs, this.#plan.batches[this.#position.batch], this.#options);
    this.#position = { ...this.#position, batch: this.#position.batch + 1 };
    this.#turn();
    return batch;
  }

  /** Past the last batch of an epoch lies the first one of the next. */
  #turn(): void {
    if (this.#position.batch < this.#plan.batches.length) return;
    this.#position = { epoch: this.#position.epoch + 1, batch: 0 };
    this.#plan = planEpoch(this.#pairs, this.#options, this.#position.epoch);
  }
}
