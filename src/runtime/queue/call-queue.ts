import { onAbort } from './on-abort.ts';

/** Limits the number of calls in flight; the others wait, first come, first served. */
export class CallQueue {
  readonly #most: number;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Makes the call when its turn comes. If its signal is aborted before that, it never starts and rejects with the
   * reason.
   */
  async enter<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#inFlight >= this.#most) await this.#turn(signal);
    else this.#inFlight++;
    try {
      return await call();
    } finally {
      // The slot is passed on rather than freed, so that no newcomer can overtake.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inFlight--;
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        stopListening();
        resolve();
      };
      const leave = (): void => {
        stopListening();
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal?.reason);
      };
      const stopListening = onAbort(signal, leave);
      this.#waiting.push(begin);
    });
  }
}
