import { InputError } from '../../io/error.ts';

/** What comes next: batch `batch` (from 0) of epoch `epoch` (from 0). */
export interface DataPosition {
  readonly epoch: number;
  readonly batch: number;
}

/** A batch's samples dealt out to at most `parts` parts, neighbours to different ones, so that all have like lengths. */
export const dealOut = (indices: Int32Array, parts: number): readonly Int32Array[] =>
  Array.from({ length: Math.min(parts, indices.length) }, (_, part) => indices.filter((__, i) => i % parts === part));

/**
 * The samples of training batches without end, epoch after epoch.
 *
 * The position alone determines what comes next: a stream made with the position of another continues exactly as that one.
 */
export class IndexStream {
  readonly #planOf: (epoch: number) => readonly Int32Array[];
  #position: DataPosition;
  #batches: readonly Int32Array[];

  /**
   * @param planOf an epoch's batches: which samples each holds, in the order they are to be used.
   * @throws {InputError} when an epoch has no batches, or the position is outside its epoch.
   */
  constructor(planOf: (epoch: number) => readonly Int32Array[], position: DataPosition = { epoch: 0, batch: 0 }) {
    this.#planOf = planOf;
    this.#position = { ...position };
    this.#batches = planOf(position.epoch);
    if (this.#batches.length === 0) throw new InputError('data: expected samples to train on, got none');
    const { batch } = position;
    if (!(Number.isInteger(batch) && batch >= 0 && batch <= this.#batches.length)) {
      throw new InputError(
        `data: a position must lie in its epoch of ${this.#batches.length} batches, ` +
          `got batch ${batch} of epoch ${position.epoch}`,
      );
    }
    this.#turn();
  }

  /** The position of the batch that `next` will give. */
  get position(): DataPosition {
    return { ...this.#position };
  }

  /** Batches in the epoch that the next one belongs to. */
  get batchesInEpoch(): number {
    return this.#batches.length;
  }

  /** The samples of the next batch, in at most `parts` parts of like size. @throws {InputError} when its epoch has no batches. */
  next(parts = 1): readonly Int32Array[] {
    const { epoch, batch: at } = this.#position;
    const batch = this.#batches[at];
    if (!batch) throw new InputError(`data: expected samples to train on, got none in epoch ${epoch}`);
    this.#position = { epoch, batch: at + 1 };
    this.#turn();
    return dealOut(batch, parts);
  }

  /** Past the last batch of an epoch lies the first one of the next. */
  #turn(): void {
    if (this.#position.batch < this.#batches.length) return;
    this.#position = { epoch: this.#position.epoch + 1, batch: 0 };
    this.#batches = this.#planOf(this.#position.epoch);
  }
}
