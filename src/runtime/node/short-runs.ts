/** Where runs are made: short ones on the JavaScript thread, because another thread takes a quarter of a millisecond to wake. */

/** Milliseconds up to which a run counts as short. */
const longest = 2;
/** Milliseconds of short runs in a row before timers and sockets get their turn, as in `queue/time-slice.ts`. */
const mostInARow = 8;
/** Milliseconds without two runs at once after which they are made one by one. */
const quietTime = 50;

/** The last run of a program, from which the time of the next is estimated. */
export class LastRun {
  #milliseconds = Number.POSITIVE_INFINITY;
  #elements = 0;

  record(milliseconds: number, elements: number): void {
    this.#milliseconds = milliseconds;
    this.#elements = elements;
  }

  /** The estimated milliseconds of a run that is fed this many elements, at least those of the last run. */
  estimate(elements: number): number {
    return this.#milliseconds * Math.max(1, elements / this.#elements);
  }
}

/** One run, in both forms. */
export interface Run {
  readonly last: LastRun;
  /** The number of elements that are fed. */
  readonly elements: number;
  /** Blocks until it is done. */
  here(): void;
  elsewhere(): Promise<void>;
}

/**
 * Chooses the thread of every run of a process. Runs that could overlap are never made on the JavaScript thread, where each
 * would wait for the others.
 */
export class ShortRuns {
  #inFlight = 0;
  #inARow = 0;
  #overlapped = Number.NEGATIVE_INFINITY;

  async make(run: Run): Promise<void> {
    const began = performance.now();
    if (this.#inFlight > 0) this.#overlapped = began;
    const isQuiet = began - this.#overlapped > quietTime;
    const isHere = isQuiet && this.#inARow < mostInARow && run.last.estimate(run.elements) < longest;
    if (isHere) run.here();
    else await this.#elsewhere(run);
    const took = performance.now() - began;
    this.#inARow = isHere ? this.#inARow + took : 0;
    run.last.record(took, run.elements);
  }

  async #elsewhere(run: Run): Promise<void> {
    this.#inFlight++;
    try {
      await run.elsewhere();
    } finally {
      this.#inFlight--;
    }
  }
}
