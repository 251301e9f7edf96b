/**
 * Lets one run through at a time and, once closed, none.
 *
 * A program's state is written in place, so two runs at once would mix their results; the second is refused.
 */
export class Turnstile {
  #inFlight: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  /** Does `work`. @throws {Error} when another run is in flight or the program is disposed. */
  async enter<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new Error('run: the program is disposed');
    if (this.#inFlight) throw new Error('run: the program is already running; await that run first');
    const running = work();
    this.#inFlight = running;
    try {
      return await running;
    } finally {
      this.#inFlight = undefined;
    }
  }

  /** Waits for the run in flight, then does `free`, once. */
  close(free: () => Promise<void>): Promise<void> {
    this.#closing ??= (this.#inFlight ?? Promise.resolve()).then(free, free);
    return this.#closing;
  }
}
