/**
 * A queue in front of something that runs one batch at a time: calls that arrive while a batch runs share the next one.
 */

import { batchOfFirst, type Fits } from './like-sizes.ts';
import { onAbort } from './on-abort.ts';

/** An item of the queue: one row of a batch. */
export interface QueueItem {
  /** Only items with equal keys share a batch. */
  readonly key?: unknown;
  /** Its length; a batch is padded to its longest. */
  readonly size: number;
}

/** The parts of a queue. */
export interface BatchQueueOptions<Lane, Item extends QueueItem, Result> {
  /** The beginning of the error for calls after the queue is closed: `the tagger` … is disposed. */
  readonly name: string;
  /** Each lane runs one batch at a time. A later lane is used only while the earlier ones are busy. */
  readonly lanes: readonly Lane[];
  /** Whether this many items, padded to the longest, make one batch. A single item always does. */
  readonly fits: Fits;
  /**
   * Deals waiting items to the lanes before the first batch, like cards. Lanes that take more items while they run then
   * take the same ones every time, whichever is faster. A new call ends this: its items go to whichever lane takes them.
   */
  readonly dealsOut?: boolean;
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

interface Ticket<Item, Result> {
  readonly call: Call<Result>;
  readonly item: Item;
  readonly size: number;
  /** Its index in the call. */
  readonly place: number;
  /** The lowest turn is next; among equals, the earlier item. */
  readonly turn: number;
  readonly arrival: number;
  /** The index of the only lane that may run it, if it was dealt out. */
  lane?: number | undefined;
}

interface Flight<Item, Result> {
  readonly tickets: Ticket<Item, Result>[];
  readonly controller: AbortController;
  readonly landed: Promise<void>;
}

/**
 * The number of next items from which a batch is chosen: enough to find similar sizes, few enough to sort for every
 * batch.
 */
const inSight = 1024;

/** The most items that join one batch: under steady traffic it would never end, and keep every item it ever took. */
const mostJoined = 1024;

/**
 * Gathers the items of many calls into batches and runs them on a few lanes.
 *
 * A free lane takes waiting items at once, without a timer. Calls of one tick are taken together, and waiting items are
 * divided among the lanes that no other key needs, if each gets enough of them.
 *
 * First come, first served, but calls advance in parallel: the items of a call, largest first, get consecutive turns,
 * counted from the turn being served when the call arrives. So a call with one text waits only for the batch in flight,
 * not for the thousands of texts left in a large call. Every batch advances the turn, so a stream of small calls does
 * not hold up a large one. Every batch contains the item whose turn it is, and those of the next items that are similar
 * in size.
 */
export class BatchQueue<Lane, Item extends QueueItem, Result> {
  readonly #options: BatchQueueOptions<Lane, Item, Result>;
  /** By key; the next item is the last of its list, where removal is cheap. */
  readonly #waiting = new Map<unknown, Ticket<Item, Result>[]>();
  readonly #unsorted = new Set<unknown>();
  readonly #flights = new Map<Lane, Flight<Item, Result>>();
  #turn = 0;
  #arrivals = 0;
  #isStarting = false;
  #isDealt = false;
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
    for (const { call } of [...this.#waiting.values()].flat()) this.#fail(call, this.#disposed());
    await Promise.all([...this.#flights.values()].map(({ landed }) => landed));
  }

  #disposed(): Error {
    return new Error(`${this.#options.name} is disposed`);
  }

  #add(call: Call<Result>, items: readonly Item[]): void {
    for (const ticket of this.#isDealt ? [...this.#waiting.values()].flat() : []) ticket.lane = undefined;
    this.#isDealt = false;
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

  /** Gives every free lane a batch, while items are waiting. */
  #start(): void {
    this.#sort();
    if (this.#waiting.size === 0) this.#isDealt = false;
    if (this.#options.dealsOut && !this.#isDealt && this.#flights.size === 0) this.#deal();
    for (const [index, lane] of this.#options.lanes.entries()) {
      if (this.#waiting.size === 0) return;
      if (this.#flights.has(lane)) continue;
      const { lanes, fits } = this.#options;
      const [key, line] = this.#nextLine();
      const free = lanes.length - this.#flights.size;
      // Dealt items are divided already.
      const sharing = this.#isDealt ? 1 : this.#sharing(line, free - this.#waiting.size + 1);
      const share = Math.ceil(line.length / sharing);
      const tickets = this.#take(index, key, (next) =>
        batchOfFirst(next, (count, ...sizes) => count <= share && fits(count, ...sizes)),
      );
      if (tickets.length > 0) this.#fly(index, key, tickets);
    }
  }

  #sort(): void {
    for (const key of this.#unsorted) this.#waiting.get(key)?.sort((a, b) => b.turn - a.turn || b.arrival - a.arrival);
    this.#unsorted.clear();
  }

  /** Deals the items of the only key that waits to the lanes. */
  #deal(): void {
    const [line, ...others] = this.#waiting.values();
    if (!line || others.length > 0) return;
    this.#isDealt = true;
    const lanes = this.#sharing(line, this.#options.lanes.length);
    for (const [at, ticket] of line.entries()) ticket.lane = (line.length - 1 - at) % lanes;
  }

  /** The number of lanes, of `free` ones, that share the items of a key. */
  #sharing(line: readonly Ticket<Item, Result>[], free: number): number {
    const least = this.#options.leastShare?.(line.at(-1)!.item) ?? 1;
    return Math.max(1, Math.min(free, Math.floor(line.length / least)));
  }

  /** The key of the item whose turn it is, and all that wait with this key. */
  #nextLine(): [unknown, Ticket<Item, Result>[]] {
    const isBefore = (a: Ticket<Item, Result>, b: Ticket<Item, Result>) =>
      a.turn < b.turn || (a.turn === b.turn && a.arrival < b.arrival);
    return [...this.#waiting].reduce((a, b) => (isBefore(b[1].at(-1)!, a[1].at(-1)!) ? b : a));
  }

  /** Removes from the queue what `choose` takes of the next items of a key that a lane may run. */
  #take(
    lane: number,
    key: unknown,
    choose: (next: readonly Ticket<Item, Result>[]) => readonly Ticket<Item, Result>[],
  ): Ticket<Item, Result>[] {
    const line = this.#waiting.get(key) ?? [];
    const turn = line.at(-1)?.turn ?? 0;
    const next: Ticket<Item, Result>[] = [];
    let from = line.length;
    while (from > 0 && next.length < inSight) {
      const ticket = line[--from]!;
      if (ticket.lane === undefined || ticket.lane === lane) next.push(ticket);
    }
    const batch = choose(next);
    if (batch.length === 0) return [];
    const taken = new Set(batch);
    for (const ticket of line.splice(from)) if (!taken.has(ticket)) line.push(ticket);
    if (line.length === 0) this.#waiting.delete(key);
    this.#turn = Math.max(this.#turn + 1, turn);
    return [...batch];
  }

  /** Items that join a batch in flight: all that wait, if they are at most `count`. */
  #join(lane: number, key: unknown, count: number): Ticket<Item, Result>[] {
    if (count === 0 || this.#waiting.size === 0) return [];
    this.#sort();
    return this.#nextLine()[0] === key ? this.#take(lane, key, (next) => (next.length <= count ? next : [])) : [];
  }

  #fly(index: number, key: unknown, tickets: Ticket<Item, Result>[]): void {
    const lane = this.#options.lanes[index];
    const controller = new AbortController();
    const most = tickets.length + mostJoined;
    const takeFew = (count: number) => {
      if (controller.signal.aborted) return [];
      const joined = this.#join(index, key, Math.min(count, most - tickets.length));
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
    tickets: readonly Ticket<Item, Result>[],
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
