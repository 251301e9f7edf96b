/** How a call of a generator is followed and ended. */
export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. Others go on undisturbed. */
  readonly signal?: AbortSignal | undefined;
  /** Receives after every sentence how many are done. What it throws ends the call. */
  readonly on_progress?: ((done: number, total: number) => void) | undefined;
}

/**
 * One call among others whose sentences share its batches: its results as they come, and its end. What goes wrong with
 * a sentence ends the call that it belongs to and no other.
 */
export class Call<R> {
  readonly #results: R[];
  readonly #options: CallOptions;
  readonly #controller = new AbortController();
  #done = 0;
  #resolve: (results: R[]) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;

  /** @param size sentences that the call has. */
  constructor(size: number, options: CallOptions) {
    this.#results = new Array<R>(size);
    this.#options = options;
  }

  /** Aborted when the call has failed or was ended from outside: nothing more is to be done for it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * The results in the order of the sentences.
   *
   * @param start begins the work, which calls {@link deliver}; ended by `signal`.
   * @throws what ended the call: the reason of `options.signal`, what `start` or a sentence failed with.
   */
  async results(start: (signal: AbortSignal) => Promise<unknown>): Promise<R[]> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    if (this.#results.length === 0) return [];
    const onAbort = () => this.fail(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    try {
      return await new Promise<R[]>((resolve, reject) => {
        [this.#resolve, this.#reject] = [resolve, reject];
        start(this.signal).then(
          () => this.settle() || this.fail(new Error('generate: expected a result for every sentence')),
          (error: unknown) => this.fail(error),
        );
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Takes the result of the sentence at `place`. */
  deliver(place: number, result: R): void {
    if (this.signal.aborted) return;
    this.#results[place] = result;
    this.#done++;
    this.attempt(() => this.#options.on_progress?.(this.#done, this.#results.length));
  }

  /**
   * Gives the results if all are there. Said at the end of a batch, or before where it goes on for others: so calls that
   * follow each other always find their lane free, and their batches, and what these round, are the same every time.
   */
  settle(): boolean {
    const isComplete = this.#done === this.#results.length;
    if (isComplete) this.#resolve(this.#results);
    return isComplete;
  }

  /** Does what concerns this call alone; an error ends the call. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the call; only the first reason counts. */
  fail(reason: unknown): void {
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    this.#reject(reason);
  }
}
