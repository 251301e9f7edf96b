import { InputError } from '../io/error.ts';

/** What comes next: batch `batch` (from 0) of epoch `epoch` (from 0). */
export interface DataPosition {
  readonly epoch: number;
  readonly batch: number;
}

/** An epoch's batches: which samples each holds, in the order they are to be used. */
interface Plan {
  readonly batches: readonly Int32Array[];
}

/** A batch's samples dealt out to at most `parts` parts, neighbours to different ones, so that all have like lengths. */
export const dealOut = (indices: Int32Array, parts: number): readonly Int32Array[] =>
  Array.from({ length: Math.min(parts, indices.length) }, (_, part) => indices.filter((__, i) => i % parts === part));

/**
 * The samples of training batches without end, epoch after epoch.
 *
 * The position alone determines what comes next: a stream made with the position of another goes on exactly as that one.
 */
export class IndexStream<P extends Plan> {
  readonly #planOf: (epoch: number) => P;
  #position: DataPosition;
  #plan: P;

  /** @throws {InputError} when the position is outside its epoch. */
  constructor(planOf: (epoch: number) => P, position: DataPosition = { epoch: 0, batch: 0 }) {
    this.#planOf = planOf;
    this.#position = { ...position };
    this.#plan = planOf(position.epoch);
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
  get plan(): P {
    return this.#plan;
  }

  next(): Int32Array {
    const batch = this.#plan.batches[this.#position.batch];
    this.#position = { ...this.#position, batch: this.#position.batch + 1 };
    this.#turn();
    return batch;
  }

  /** Past the last batch of an epoch lies the first one of the next. */
  #turn(): void {
    if (this.#position.batch < this.#plan.batches.length) return;
    this.#position = { epoch: this.#position.epoch + 1, batch: 0 };
    this.#plan = this.#planOf(this.#position.epoch);
  }
}
