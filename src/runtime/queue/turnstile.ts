import type { EngineTensor, HostTensor } from '../backend.ts';
import { isEngineTensor } from '../signature.ts';

type Results = Record<string, HostTensor | EngineTensor>;

/**
 * Admits one run at a time and, once closed, none.
 *
 * A program's state is written in place, so two runs at once would mix their results. The second one is refused.
 */
export class Turnstile {
  #inFlight: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * Does `work`, unless `signal` is already aborted. If it is aborted during the work, the results are dropped.
   *
   * @throws {Error} when another run is in flight or the program is disposed; the signal's reason when it is aborted.
   */
  async enter(signal: AbortSignal | undefined, work: () => Promise<Results>): Promise<Results> {
    if (this.#closing) throw new Error('run: the program is disposed');
    if (this.#inFlight) throw new Error('run: the program is already running; await that run first');
    signal?.throwIfAborted();
    const running = work();
    this.#inFlight = running;
    try {
      const results = await running;
      if (signal?.aborted) for (const tensor of Object.values(results)) if (isEngineTensor(tensor)) tensor.dispose();
      signal?.throwIfAborted();
      return results;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      this.#inFlight = undefined;
    }
  }

  /** Waits for the run in flight, then calls `free` once. */
  close(free: () => Promise<void>): Promise<void> {
    this.#closing ??= (this.#inFlight ?? Promise.resolve()).then(free, free);
    return this.#closing;
  }
}
