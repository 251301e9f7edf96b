/** Where runs are made: short ones on the JavaScript thread, because another thread takes 50 µs to wake, on a busy machine 250. */

/** Milliseconds up to which a run counts as short. */
const longest = 2;
/** Milliseconds after which timers and sockets get their turn, as in `queue/time-slice.ts`. */
const sliceTime = 8;
/** Milliseconds without two runs at once after which they are made one by one. */
const quietTime = 50;

/** The last run of a program, from which the time of the next is estimated. */
export class LastRun {
  #milliseconds = Number.POSITIVE_INFINITY;
  #sizes: readonly number[] = [];

  /** `sizes`: the number of elements of every input. */
  record(milliseconds: number, sizes: readonly number[]): void {
    this.#milliseconds = milliseconds;
    this.#sizes = sizes;
  }

  /** The estimated milliseconds of a run: those of the last one, times what the input has grown by that has grown most. */
  estimate(sizes: readonly number[]): number {
    const growth = sizes.map((size, at) => size / Math.max(1, this.#sizes[at] ?? 1));
    return this.#milliseconds * Math.max(1, ...growth);
  }
}

/** One run, in both forms. */
export interface Run {
  readonly last: LastRun;
  /** The number of elements of every input, in an order of the program. */
  readonly sizes: readonly number[];
  /** Blocks until it is done. */
  here(): void;
  elsewhere(): Promise<void>;
}

/**
 * Chooses the thread of every run of a process. Where runs overlap, and for a while after that, none is made on the
 * JavaScript thread, because each would wait for the others.
 */
export class ShortRuns {
  readonly #now: () => number;
  #inFlight = 0;
  #overlapped = Number.NEGATIVE_INFINITY;
  /** When the last run elsewhere ended, and with it a turn of the event loop. */
  #turned = Number.NEGATIVE_INFINITY;

  /** @param now the milliseconds of a clock. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  async make(run: Run): Promise<void> {
    const began = this.#now();
    if (this.#inFlight > 0) this.#overlapped = began;
    const isDue = began - this.#turned > sliceTime;
    const isQuiet = began - this.#overlapped > quietTime;
    try {
      if (!isDue && isQuiet && run.last.estimate(run.sizes) < longest) run.here();
      else await this.#elsewhere(run);
    } finally {
      run.last.record(this.#now() - began, run.sizes);
    }
  }

  async #elsewhere(run: Run): Promise<void> {
    this.#inFlight++;
    try {
      await run.elsewhere();
    } finally {
      this.#inFlight--;
      this.#turned = this.#now();
    }
  }
}
