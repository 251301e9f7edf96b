/**
 * A binary max-heap of (count, key): the highest count first and, among equal counts, the smallest key, so the result
 * of training never depends on the order of insertion.
 *
 * Source: Williams 1964, Algorithm 232 (heapsort).
 */
export class PairHeap {
  readonly #counts: number[] = [];
  readonly #keys: number[] = [];

  push(count: number, key: number): void {
    let i = this.#keys.length;
    this.#set(i, count, key);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  /** Removes and returns the first entry; undefined when empty. */
  pop(): { count: number; key: number } | undefined {
    if (this.#keys.length === 0) return undefined;
    const top = { count: this.#counts[0], key: this.#keys[0] };
    const count = this.#counts.pop()!;
    const key = this.#keys.pop()!;
    if (this.#keys.length > 0) {
      this.#set(0, count, key);
      this.#sink();
    }
    return top;
  }

  #sink(): void {
    for (let i = 0; ; ) {
      let first = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.#keys.length && this.#before(child, first)) first = child;
      }
      if (first === i) return;
      this.#swap(i, first);
      i = first;
    }
  }

  #before(i: number, j: number): boolean {
    const difference = this.#counts[i] - this.#counts[j];
    return difference > 0 || (difference === 0 && this.#keys[i] < this.#keys[j]);
  }

  #set(i: number, count: number, key: number): void {
    this.#counts[i] = count;
    this.#keys[i] = key;
  }

  #swap(i: number, j: number): void {
    const [count, key] = [this.#counts[i], this.#keys[i]];
    this.#set(i, this.#counts[j], this.#keys[j]);
    this.#set(j, count, key);
  }
}
