/** Lets so many calls be in flight at once; the others wait, first come, first served. */
export class CallQueue {
  readonly #most: number;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Makes the call when its turn comes. One whose signal is aborted before never starts: it rejects with the reason. */
  async enter<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#inFlight >= this.#most) await this.#turn(signal);
    else this.#inFlight++;
    try {
      return await call();
    } finally {
      // The place is handed on rather than given up, so that nobody who comes meanwhile overtakes.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inFlight--;
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(begin);
    });
  }
}
