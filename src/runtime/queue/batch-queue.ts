/**
 * A queue in front of something that runs one batch at a time: calls that arrive while a batch runs share the next one.
 */

import type { Fits } from './like-sizes.ts';
import { onAbort } from './on-abort.ts';
import { type NextItem, type QueueItem, type Ticket, WaitingItems } from './waiting-items.ts';

/** The parts of a queue. */
export interface BatchQueueOptions<Lane, Item extends QueueItem, Result> {
  /** The beginning of the error for calls after the queue is closed: `the tagger` … is disposed. */
  readonly name: string;
  /** Each lane runs one batch at a time. A later lane is used only while the earlier ones are busy. */
  readonly lanes: readonly Lane[];
  /** Whether this many items, padded to the longest, make one batch. A single item always does. */
  readonly fits: Fits;
  /**
   * Cuts the waiting items of several lanes into batches before the first one runs, if all have one key. Lanes that take
   * more items while they run then run the same batches every time, whichever is faster. A new call ends this, and so does
   * the end of one whose items wait.
   */
  readonly cutsAhead?: boolean;
  /** How many items like this one are worth a lane of their own, while others are free. Default 1. */
  readonly leastShare?: (item: Item) => number;
  /**
   * Runs items of one key on a free lane; returns one result per item, in order. `signal` is aborted when nobody waits
   * for the results any more; the lane is busy until the promise settles. `takeFew` returns the waiting items with the
   * same key, or none if there are more than `count`, another key is next, or the batch must end; their results follow.
   */
  run(
    lane: Lane,
    items: readonly Item[],
    signal: AbortSignal,
    takeFew: (count: number) => readonly Item[],
  ): Promise<readonly Result[]>;
}

/** Options of one call. */
export interface SubmitOptions {
  /** Ends the call: its waiting items leave the queue, and a batch without any wanted item is ended. */
  readonly signal?: AbortSignal | undefined;
}

/** A call that waits for its results. */
interface Call<Result> {
  readonly results: Result[];
  missing: number;
  isOver: boolean;
  resolve(results: Result[]): void;
  reject(reason: unknown): void;
}

interface Flight<Item, Result> {
  readonly tickets: Ticket<Call<Result>, Item>[];
  readonly controller: AbortController;
  readonly landed: Promise<void>;
}

/** The most items that join one batch: under steady traffic it would never end, and keep every item it ever took. */
const mostJoined = 1024;

/**
 * Gathers the items of many calls into batches and runs them on a few lanes.
 *
 * A free lane takes waiting items at once, without a timer. Calls of one tick are taken together, and waiting items are
 * divided among the lanes that no other key needs, if each gets enough of them. Every batch contains the item whose turn
 * it is, and those of the next items that are similar in size.
 */
export class BatchQueue<Lane, Item extends QueueItem, Result> {
  readonly #options: BatchQueueOptions<Lane, Item, Result>;
  readonly #waiting = new WaitingItems<Call<Result>, Item>();
  readonly #flights = new Map<Lane, Flight<Item, Result>>();
  #isStarting = false;
  #isClosed = false;

  constructor(options: BatchQueueOptions<Lane, Item, Result>) {
    this.#options = options;
  }

  /**
   * The results of items, in order.
   *
   * @throws the error of a batch with one of the items; `signal.reason` after an abort; {Error} once the queue is
   *   closed.
   */
  async submit(items: readonly Item[], { signal }: SubmitOptions = {}): Promise<Result[]> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw this.#disposed();
    if (items.length === 0) return [];
    let stopListening = () => {};
    try {
      return await new Promise((resolve, reject) => {
        const missing = items.length;
        const call: Call<Result> = { results: new Array(missing), missing, isOver: false, resolve, reject };
        stopListening = onAbort(signal, () => this.#fail(call, signal?.reason));
        this.#add(call, items);
      });
    } finally {
      stopListening();
    }
  }

  /** Rejects calls with waiting items, and resolves when no batch is in flight. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#waiting.clear()) this.#fail(call, this.#disposed());
    await Promise.all([...this.#flights.values()].map(({ landed }) => landed));
  }

  #disposed(): Error {
    return new Error(`${this.#options.name} is disposed`);
  }

  #add(call: Call<Result>, items: readonly Item[]): void {
    this.#waiting.add(call, items);
    if (this.#isStarting) return;
    this.#isStarting = true;
    queueMicrotask(() => {
      this.#isStarting = false;
      this.#start();
    });
  }

  /** Gives every free lane a batch, while items are waiting. */
  #start(): void {
    this.#cut();
    for (const lane of this.#options.lanes) {
      const next = this.#waiting.next();
      if (!next) return;
      if (this.#flights.has(lane)) continue;
      const { key } = next.item;
      this.#fly(lane, key, this.#waiting.areCut ? this.#waiting.takeCut(key) : this.#takeShare(next));
    }
  }

  /** Removes a batch: at most the share of the items with the key of the next one that a free lane gets. */
  #takeShare(next: NextItem<Item>): Ticket<Call<Result>, Item>[] {
    const { lanes, fits } = this.#options;
    const free = lanes.length - this.#flights.size;
    const share = Math.ceil(next.count / this.#sharing(next, free - this.#waiting.keys + 1));
    return this.#waiting.take(next.item.key, (count, ...sizes) => count <= share && fits(count, ...sizes));
  }

  /** Cuts the waiting items into batches, if none is cut, no lane runs and no two keys wait. One lane needs no cut. */
  #cut(): void {
    const { cutsAhead = false, lanes, fits } = this.#options;
    const next = this.#waiting.next();
    if (!next || !cutsAhead || lanes.length === 1 || this.#waiting.areCut) return;
    if (this.#flights.size > 0 || this.#waiting.keys > 1) return;
    this.#waiting.cut(next.item.key, fits, this.#sharing(next, lanes.length));
  }

  /** The number of lanes, of `free` ones, that share the items of a key. */
  #sharing({ item, count }: NextItem<Item>, free: number): number {
    const least = this.#options.leastShare?.(item) ?? 1;
    return Math.max(1, Math.min(free, Math.floor(count / least)));
  }

  /** Items that join a batch in flight: all that wait, if they are at most `count` and their key is next. */
  #join(key: unknown, count: number): Ticket<Call<Result>, Item>[] {
    const next = this.#waiting.next();
    return next && next.item.key === key ? this.#waiting.takeFew(key, count) : [];
  }

  #fly(lane: Lane, key: unknown, tickets: Ticket<Call<Result>, Item>[]): void {
    const controller = new AbortController();
    const most = tickets.length + mostJoined;
    const takeFew = (count: number) => {
      if (controller.signal.aborted) return [];
      const joined = this.#join(key, Math.min(count, most - tickets.length));
      tickets.push(...joined);
      return joined.map(({ item }) => item);
    };
    const landed = this.#run(lane, tickets, controller.signal, takeFew).finally(() => {
      this.#flights.delete(lane);
      this.#start();
    });
    this.#flights.set(lane, { tickets, controller, landed });
  }

  async #run(
    lane: Lane,
    tickets: readonly Ticket<Call<Result>, Item>[],
    signal: AbortSignal,
    takeFew: (count: number) => readonly Item[],
  ): Promise<void> {
    try {
      const items = tickets.map(({ item }) => item);
      const results = await this.#options.run(lane, items, signal, takeFew);
      if (results.length !== tickets.length) {
        throw new Error(
          `${this.#options.name}: expected a result for each of ${tickets.length}, got ${results.length}`,
        );
      }
      tickets.forEach(({ call, place }, i) => {
        call.results[place] = results[i];
        if (--call.missing > 0 || call.isOver) return;
        call.isOver = true;
        call.resolve(call.results);
      });
    } catch (error) {
      for (const { call } of tickets) this.#fail(call, error);
    }
  }

  /** Ends a call: its waiting items leave the queue, and batches that nobody waits for are ended. */
  #fail(call: Call<Result>, reason: unknown): void {
    if (call.isOver) return;
    call.isOver = true;
    call.reject(reason);
    this.#waiting.remove(call);
    for (const { tickets, controller } of this.#flights.values()) {
      if (tickets.every((ticket) => ticket.call.isOver)) controller.abort(reason);
    }
  }
}
