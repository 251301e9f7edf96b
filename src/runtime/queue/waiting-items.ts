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
  /** The index of the only lane that may run it, if it was dealt out. */
  lane?: number | undefined;
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

/** Whether the first ticket is served before the other. */
const isBefore = (a: Ticket<unknown, unknown>, b: Ticket<unknown, unknown>): boolean =>
  a.turn < b.turn || (a.turn === b.turn && a.arrival < b.arrival);

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
  #areDealt = false;

  /** The number of keys that items wait with. */
  get keys(): number {
    return this.#lines.size;
  }

  /** Whether all items were dealt to the lanes. */
  get areDealt(): boolean {
    return this.#areDealt;
  }

  /** The calls with items that wait, one for each item. */
  calls(): Call[] {
    return [...this.#lines.values()].flat().map(({ call }) => call);
  }

  /** Adds the items of a call, and leaves those that were dealt to whichever lane takes them. */
  add(call: Call, items: readonly Item[]): void {
    if (this.#areDealt) for (const line of this.#lines.values()) for (const ticket of line) ticket.lane = undefined;
    this.#areDealt = false;
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
    const { item } = others.reduce((a, b) => (isBefore(b, a) ? b : a), first);
    return { item, count: this.#lines.get(item.key)?.length ?? 0 };
  }

  /** Deals the items of the only key that waits to the first `lanes` lanes, like cards. */
  deal(lanes: number): void {
    const [line] = this.#lines.values();
    this.#areDealt = true;
    line?.forEach((ticket, at) => {
      ticket.lane = (line.length - 1 - at) % lanes;
    });
  }

  /** Removes what `choose` takes of the next items with a key that a lane may run. */
  take(
    lane: number,
    key: unknown,
    choose: (next: readonly Ticket<Call, Item>[]) => readonly Ticket<Call, Item>[],
  ): Ticket<Call, Item>[] {
    this.#sort();
    const line = this.#lines.get(key) ?? [];
    const turn = line.at(-1)?.turn ?? 0;
    const next: Ticket<Call, Item>[] = [];
    let from = line.length;
    while (from > 0 && next.length < inSight) {
      const ticket = line[--from]!;
      if (ticket.lane === undefined || ticket.lane === lane) next.push(ticket);
    }
    const batch = choose(next);
    if (batch.length === 0) return [];
    const taken = new Set(batch);
    for (const ticket of line.splice(from)) if (!taken.has(ticket)) line.push(ticket);
    if (line.length === 0) this.#end(key);
    this.#turn = Math.max(this.#turn + 1, turn);
    return [...batch];
  }

  /** Removes the items of a call. */
  remove(call: Call): void {
    for (const [key, line] of this.#lines) {
      const others = line.filter((ticket) => ticket.call !== call);
      if (others.length === 0) this.#end(key);
      else if (others.length < line.length) this.#lines.set(key, others);
    }
  }

  #end(key: unknown): void {
    this.#lines.delete(key);
    if (this.#lines.size === 0) this.#areDealt = false;
  }

  #sort(): void {
    for (const key of this.#unsorted) this.#lines.get(key)?.sort((a, b) => (isBefore(b, a) ? -1 : 1));
    this.#unsorted.clear();
  }
}
