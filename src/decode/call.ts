import { onAbort } from '../runtime/queue/on-abort.ts';

/** The options for following and ending a call of a generator. */
export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. Other calls continue. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called after every sentence with the number of finished ones. An error that it throws ends the call; a promise that
   * it returns is awaited before the call resolves.
   */
  readonly on_progress?: ((done: number, total: number) => void) | undefined;
}

/**
 * One call among others that share its batches: collects its results and handles its end. An error in a sentence ends
 * only the call that it belongs to.
 */
export class Call<R> {
  readonly #results: R[];
  readonly #options: CallOptions;
  readonly #controller = new AbortController();
  /** What code of this call has returned. */
  readonly #pending: Promise<unknown>[] = [];
  #done = 0;
  #resolve: (results: R[]) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;

  /** @param size number of sentences in the call. */
  constructor(size: number, options: CallOptions) {
    this.#results = new Array<R>(size);
    this.#options = options;
  }

  /** Aborted when no more work is needed for the call: it has all results, has failed, or was ended from outside. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * The results, in the order of the sentences.
   *
   * @param start starts the work, which calls {@link deliver} and is ended by `signal`.
   * @throws the reason for the end of the call: that of `options.signal`, or the error of `start` or of a sentence.
   */
  async results(start: (signal: AbortSignal) => Promise<unknown>): Promise<R[]> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    if (this.#results.length === 0) return [];
    const stopListening = onAbort(signal, () => this.fail(signal?.reason));
    try {
      return await new Promise<R[]>((resolve, reject) => {
        [this.#resolve, this.#reject] = [resolve, reject];
        start(this.signal).then(
          () => this.settle() || this.fail(new Error('generate: expected a result for every sentence')),
          (error: unknown) => this.settle() || this.fail(error),
        );
      });
    } finally {
      stopListening();
    }
  }

  /** Records the result of the sentence at index `place`. */
  deliver(place: number, result: R): void {
    if (this.signal.aborted) return;
    this.#results[place] = result;
    this.#done++;
    this.attempt(() => this.#options.on_progress?.(this.#done, this.#results.length));
  }

  /**
   * Resolves the call if all results are available, and ends its part of the work. Called at the end of a batch, or
   * earlier if the batch continues for other calls. So consecutive calls always find their lane free, and their batches
   * and rounding are the same every time.
   */
  settle(): boolean {
    if (this.#done < this.#results.length) return false;
    if (this.#pending.length === 0) this.#resolve(this.#results);
    else
      Promise.all(this.#pending).then(
        () => this.#resolve(this.#results),
        (error) => this.fail(error),
      );
    this.#controller.abort();
    return true;
  }

  /** Runs code that concerns only this call; an error, thrown or of a returned promise, ends the call. */
  attempt(work: () => unknown): void {
    try {
      const result = work();
      if (!(result instanceof Promise)) return;
      this.#pending.push(result);
      result.catch((error: unknown) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the call; only the first reason counts. */
  fail(reason: unknown): void {
    this.#reject(reason);
    this.#controller.abort(reason);
  }
}
