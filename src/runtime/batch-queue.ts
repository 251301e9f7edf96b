/** One queue in front of what runs one batch at a time: calls that come while a batch runs share the next one. */

import { batchOfFirst, type Fits } from './like-sizes.ts';

/** What a queue takes: one row of a batch. */
export interface QueueItem {
  /** Only items of equal keys share a batch. */
  readonly key?: unknown;
  /** Its length; a batch is padded to its longest. */
  readonly size: number;
}

/** What a queue is made of. */
export interface BatchQueueOptions<Lane, Item extends QueueItem, Result> {
  /** Begins the sentence that a call gets once the queue is closed: `the tagger` … is disposed. */
  readonly name: string;
  /** What can run a batch, each one at a time. A later lane is used only while those before it are busy. */
  readonly lanes: readonly Lane[];
  /** Whether so many items, padded to so large a size, make one batch. A single item always does. */
  readonly fits: Fits;
  /**
   * Runs items of one key on a lane that is free; gives a result for each, in their order. `signal` is aborted when nobody
   * waits for any of the results any more; the lane counts as busy until the promise settles.
   */
  run(lane: Lane, items: readonly Item[], signal: AbortSignal): Promise<readonly Result[]>;
}

/** Options of one call. */
export interface SubmitOptions {
  /** Ends the call: its waiting items leave the queue, and a batch of which no item is wanted is ended. */
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

interface Ticket<Item, Result> {
  readonly call: Call<Result>;
  readonly item: Item;
  readonly size: number;
  /** Its place in the call. */
  readonly place: number;
  /** The lowest is next, and of equal ones the earlier. */
  readonly turn: number;
  readonly arrival: number;
}

interface Flight<Item, Result> {
  readonly tickets: readonly Ticket<Item, Result>[];
  readonly controller: AbortController;
  readonly landed: Promise<void>;
}

/** Of how many of the next items a batch is chosen: enough to find like sizes, few enough to sort at every batch. */
const inSight = 1024;

/**
 * Gathers the items of many calls into batches and runs them on a few lanes.
 *
 * A lane that is free takes what waits; nothing waits for a timer. Calls of one tick are taken together, and what waits is
 * divided among the lanes that no other key needs.
 *
 * First come, first served, but calls advance side by side: the items of a call, the largest first, have one turn each,
 * counted from the turn that is served when the call comes. So a call of one text waits for the batch in flight and not for the
 * thousands that a large call has left, and since every batch moves the turn, no stream of small calls holds a large one up.
 * Every batch has the item whose turn it is; the others in it are those of the next items that are like it in size.
 */
export class BatchQueue<Lane, Item extends QueueItem, Result> {
  readonly #options: BatchQueueOptions<Lane, Item, Result>;
  /** By key; the next item is the last of its list, where taking is cheap. */
  readonly #waiting = new Map<unknown, Ticket<Item, Result>[]>();
  readonly #unsorted = new Set<unknown>();
  readonly #flights = new Map<Lane, Flight<Item, Result>>();
  #turn = 0;
  #arrivals = 0;
  #isStarting = false;
  #isClosed = false;

  constructor(options: BatchQueueOptions<Lane, Item, Result>) {
    this.#options = options;
  }

  /**
   * The results of items, in their order.
   *
   * @throws what a batch that has one of the items throws; `signal.reason` after an abort; {Error} once the queue is closed.
   */
  async submit(items: readonly Item[], { signal }: SubmitOptions = {}): Promise<Result[]> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw this.#disposed();
    if (items.length === 0) return [];
    let onAbort = () => {};
    try {
      return await new Promise((resolve, reject) => {
        const missing = items.length;
        const call: Call<Result> = { results: new Array(missing), missing, isOver: false, resolve, reject };
        onAbort = () => this.#fail(call, signal?.reason);
        signal?.addEventListener('abort', onAbort);
        this.#add(call, items);
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends calls that have waiting items with an error, and resolves when no batch is in flight. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { call } of [...this.#waiting.values()].flat()) this.#fail(call, this.#disposed());
    await Promise.all([...this.#flights.values()].map(({ landed }) => landed));
  }

  #disposed(): Error {
    return new Error(`${this.#options.name} is disposed`);
  }

  #add(call: Call<Result>, items: readonly Item[]): void {
    const bySize = items.map((item, place) => ({ item, place, size: item.size })).sort((a, b) => b.size - a.size);
    bySize.forEach((part, rank) => {
      const { key } = part.item;
      const line = this.#waiting.get(key) ?? [];
      line.push({ ...part, call, turn: this.#turn + rank, arrival: this.#arrivals++ });
      this.#waiting.set(key, line);
      this.#unsorted.add(key);
    });
    if (this.#isStarting) return;
    this.#isStarting = true;
    queueMicrotask(() => {
      this.#isStarting = false;
      this.#start();
    });
  }

  /** Gives every free lane a batch, as long as there is something to do. */
  #start(): void {
    for (const key of this.#unsorted) this.#waiting.get(key)?.sort((a, b) => b.turn - a.turn || b.arrival - a.arrival);
    this.#unsorted.clear();
    for (const lane of this.#options.lanes) {
      if (this.#waiting.size === 0) return;
      if (!this.#flights.has(lane)) this.#fly(lane, this.#take());
    }
  }

  /** The item whose turn it is and those that run with it; they no longer wait. */
  #take(): Ticket<Item, Result>[] {
    const { lanes, fits } = this.#options;
    const isBefore = (a: Ticket<Item, Result>, b: Ticket<Item, Result>) =>
      a.turn < b.turn || (a.turn === b.turn && a.arrival < b.arrival);
    const [key, line] = [...this.#waiting].reduce((a, b) => (isBefore(b[1].at(-1)!, a[1].at(-1)!) ? b : a));
    const free = lanes.length - this.#flights.size;
    const share = Math.ceil(line.length / Math.max(1, free - this.#waiting.size + 1));
    const next = line.splice(-inSight).reverse();
    const batch = batchOfFirst(next, (count, size) => count <= share && fits(count, size));
    const taken = new Set(batch);
    line.push(...next.filter((ticket) => !taken.has(ticket)).reverse());
    if (line.length === 0) this.#waiting.delete(key);
    this.#turn = Math.max(this.#turn + 1, next[0].turn);
    return batch;
  }

  #fly(lane: Lane, tickets: readonly Ticket<Item, Result>[]): void {
    const controller = new AbortController();
    const landed = this.#run(lane, tickets, controller.signal).finally(() => {
      this.#flights.delete(lane);
      this.#start();
    });
    this.#flights.set(lane, { tickets, controller, landed });
  }

  async #run(lane: Lane, tickets: readonly Ticket<Item, Result>[], signal: AbortSignal): Promise<void> {
    try {
      const items = tickets.map(({ item }) => item);
      const results = await this.#options.run(lane, items, signal);
      if (results.length !== items.length) {
        throw new Error(`${this.#options.name}: expected a result for each of ${items.length}, got ${results.length}`);
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

  /** Ends a call: what of it waits leaves the queue, and batches that nobody waits for are ended. */
  #fail(call: Call<Result>, reason: unknown): void {
    if (call.isOver) return;
    call.isOver = true;
    call.reject(reason);
    for (const [key, line] of this.#waiting) {
      const others = line.filter((ticket) => ticket.call !== call);
      if (others.length === 0) this.#waiting.delete(key);
      else if (others.length < line.length) this.#waiting.set(key, others);
    }
    for (const { tickets, controller } of this.#flights.values()) {
      if (tickets.every((ticket) => ticket.call.isOver)) controller.abort(reason);
    }
  }
}
