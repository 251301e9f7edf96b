import { InputError } from '../../io/error.ts';

/** The next batch: number `batch` (from 0) of epoch `epoch` (from 0). */
export interface DataPosition {
  readonly epoch: number;
  readonly batch: number;
}

/**
 * Deals the samples of a batch out to at most `parts` parts. Neighbours go to different parts, so that all have similar
 * lengths.
 */
export const dealOut = (indices: Int32Array, parts: number): readonly Int32Array[] =>
  Array.from({ length: Math.min(parts, indices.length) }, (_, part) => indices.filter((__, i) => i % parts === part));

/**
 * An endless stream of training batches' samples, epoch after epoch.
 *
 * The position alone determines what comes next: a stream created at the position of another continues exactly like it.
 */
export class IndexStream {
  readonly #planOf: (epoch: number) => readonly Int32Array[];
  #position: DataPosition;
  #batches: readonly Int32Array[];

  /**
   * @param planOf the batches of an epoch: the samples in each, in the order of use.
   * @throws {InputError} when an epoch has no batches, or when the position is outside its epoch.
   */
  constructor(planOf: (epoch: number) => readonly Int32Array[], position: DataPosition = { epoch: 0, batch: 0 }) {
    this.#planOf = planOf;
    this.#position = { ...position };
    this.#batches = planOf(position.epoch);
    if (this.#batches.length === 0) throw new InputError('data: expected samples to train on, got none');
    const { batch } = position;
    if (!(Number.isInteger(batch) && batch >= 0 && batch <= this.#batches.length)) {
      throw new InputError(
        `data: a position must be within its epoch of ${this.#batches.length} batches, ` +
          `got batch ${batch} of epoch ${position.epoch}`,
      );
    }
    this.#turn();
  }

  /** The position of the batch that `next` returns next. */
  get position(): DataPosition {
    return { ...this.#position };
  }

  /** Batches in the epoch of the next batch. */
  get batchesInEpoch(): number {
    return this.#batches.length;
  }

  /**
   * The samples of the next batch, in at most `parts` parts of similar size. @throws {InputError} when its epoch has no
   * batches.
   */
  next(parts = 1): readonly Int32Array[] {
    const { epoch, batch: at } = this.#position;
    const batch = this.#batches[at];
    if (!batch) throw new InputError(`data: expected samples to train on, got none in epoch ${epoch}`);
    this.#position = { epoch, batch: at + 1 };
    this.#turn();
    return dealOut(batch, parts);
  }

  /** The position after the last batch of an epoch is the first batch of the next. */
  #turn(): void {
    if (this.#position.batch < this.#batches.length) return;
    this.#position = { epoch: this.#position.epoch + 1, batch: 0 };
    this.#batches = this.#planOf(this.#position.epoch);
  }
}
