import { batchOfFirst, evenBatches, type Fits } from './like-sizes.ts';

/** An item of a queue: one row of a batch. */
export interface QueueItem {
  /** Only items with equal keys share a batch. */
  readonly key?: unknown;
  /** Its length; a batch is padded to its longest. */
  readonly size: number;
}

/** An item that waits, and what it waits for. */
export interface Ticket<Call, Item> {
  readonly call: Call;
  readonly item: Item;
  readonly size: number;
  /** Its index in the call. */
  readonly place: number;
  /** The lowest turn is next; among equals, the earlier item. */
  readonly turn: number;
  readonly arrival: number;
  /** The number of the batch that it was cut for. */
  batch?: number | undefined;
}

/** The item whose turn it is. */
export interface NextItem<Item> {
  readonly item: Item;
  /** How many items wait with its key. */
  readonly count: number;
}

/**
 * The number of next items from which a batch is chosen: enough to find similar sizes, few enough to sort for every
 * batch.
 */
const inSight = 1024;

/** The order in which tickets are served. */
const byTurn = (a: Ticket<unknown, unknown>, b: Ticket<unknown, unknown>): number =>
  a.turn - b.turn || a.arrival - b.arrival;

/**
 * The items of many calls, in the order in which they are served.
 *
 * First come, first served, but calls advance in parallel: the items of a call, largest first, get consecutive turns,
 * counted from the turn being served when the call arrives. So a call with one text waits only for the batch in flight,
 * not for the thousands of texts left in a large call. Every batch advances the turn, so a stream of small calls does
 * not hold up a large one.
 */
export class WaitingItems<Call, Item extends QueueItem> {
  /** By key; the next item is the last of its list, where removal is cheap. */
  readonly #lines = new Map<unknown, Ticket<Call, Item>[]>();
  readonly #unsorted = new Set<unknown>();
  #turn = 0;
  #arrivals = 0;

  /** The number of keys that items wait with. */
  get keys(): number {
    return this.#lines.size;
  }

  /** Whether the items that wait were cut into batches: all of them were, or none. */
  get areCut(): boolean {
    const [line] = this.#lines.values();
    return line?.at(-1)?.batch !== undefined;
  }

  /** Removes all items; returns their calls. */
  clear(): ReadonlySet<Call> {
    const calls = new Set([...this.#lines.values()].flatMap((line) => line.map(({ call }) => call)));
    this.#lines.clear();
    return calls;
  }

  /** Adds the items of a call. Those that were cut into batches wait one by one again. */
  add(call: Call, items: readonly Item[]): void {
    if (this.areCut) this.#uncut();
    const bySize = items.map((item, place) => ({ item, place, size: item.size })).sort((a, b) => b.size - a.size);
    bySize.forEach((part, rank) => {
      const { key } = part.item;
      const line = this.#lines.get(key) ?? [];
      line.push({ ...part, call, turn: this.#turn + rank, arrival: this.#arrivals++ });
      this.#lines.set(key, line);
      this.#unsorted.add(key);
    });
  }

  /** The item whose turn it is; undefined if none waits. */
  next(): NextItem<Item> | undefined {
    this.#sort();
    const heads = [...this.#lines.values()].flatMap((line) => line.at(-1) ?? []);
    const [first, ...others] = heads;
    if (!first) return undefined;
    const { item } = others.reduce((a, b) => (byTurn(a, b) <= 0 ? a : b), first);
    return { item, count: this.#lines.get(item.key)?.length ?? 0 };
  }

  /** Cuts the items with a key, the only one, into even batches for the lanes; that of the item whose turn it is is first. */
  cut(key: unknown, fits: Fits, lanes: number): void {
    const line = this.#lines.get(key) ?? [];
    const batches = evenBatches(line.toSorted(byTurn), fits, lanes).map((batch) => batch.sort(byTurn));
    batches.sort(([a], [b]) => byTurn(a!, b!));
    batches.forEach((batch, number) => {
      for (const ticket of batch) ticket.batch = number;
    });
    this.#lines.set(key, batches.flat().reverse());
    this.#unsorted.delete(key);
  }

  /** Removes the next batch with a key, of the next items that `fits` lets run together. */
  take(key: unknown, fits: Fits): Ticket<Call, Item>[] {
    this.#sort();
    const line = this.#lines.get(key) ?? [];
    return this.#remove(key, batchOfFirst(line.slice(-inSight).toReversed(), fits));
  }

  /** Removes the next batch of the items that were cut, whose key it is. */
  takeCut(key: unknown): Ticket<Call, Item>[] {
    const line = this.#lines.get(key) ?? [];
    const next = line.at(-1)?.batch;
    return this.#remove(key, line.slice(line.findLastIndex(({ batch }) => batch !== next) + 1).toReversed());
  }

  /** Removes all that wait with a key, if they are at most `count` and not in batches. */
  takeFew(key: unknown, count: number): Ticket<Call, Item>[] {
    this.#sort();
    const line = this.#lines.get(key) ?? [];
    return this.areCut || line.length > count ? [] : this.#remove(key, line.toReversed());
  }

  /** Removes some of the next items with a key, and advances the turn. */
  #remove(key: unknown, tickets: Ticket<Call, Item>[]): Ticket<Call, Item>[] {
    const line = this.#lines.get(key);
    if (!line || tickets.length === 0) return [];
    this.#turn = Math.max(this.#turn + 1, line.at(-1)?.turn ?? 0);
    const taken = new Set(tickets);
    for (const ticket of line.splice(-Math.max(inSight, tickets.length))) if (!taken.has(ticket)) line.push(ticket);
    if (line.length === 0) this.#lines.delete(key);
    return tickets;
  }

  /** Removes the items of a call. What is left of batches waits one by one again. */
  remove(call: Call): void {
    for (const [key, line] of this.#lines) {
      const others = line.filter((ticket) => ticket.call !== call);
      if (others.length === line.length) continue;
      if (others.length > 0) this.#lines.set(key, others);
      else this.#lines.delete(key);
      if (this.areCut) this.#uncut();
    }
  }

  #uncut(): void {
    for (const [key, line] of this.#lines) {
      for (const ticket of line) ticket.batch = undefined;
      this.#unsorted.add(key);
    }
  }

  #sort(): void {
    for (const key of this.#unsorted) this.#lines.get(key)?.sort((a, b) => byTurn(b, a));
    this.#unsorted.clear();
  }
}
