import type { Counts } from './rates.ts';

const nothing: Counts = { predicted: 0, actual: 0, hits: 0 };

/** {@link Counts} by class, growing as results come in. */
export class Tally<T extends string | number> {
  readonly #counts = new Map<T, Counts>();

  /** Starts with `classes`, in this order. */
  constructor(classes: readonly T[] = []) {
    for (const name of classes) this.#counts.set(name, nothing);
  }

  add(name: T, field: keyof Counts): void {
    const counts = this.of(name);
    this.#counts.set(name, { ...counts, [field]: counts[field] + 1 });
  }

  /** Counts of a class, zeros for one never seen. */
  of(name: T): Counts {
    return this.#counts.get(name) ?? nothing;
  }

  /** The classes in ascending order. */
  classes(): T[] {
    return sortedClasses(this.#counts.keys());
  }

  /** Counts of every class, in the order of {@link classes}. */
  counts(): Counts[] {
    return this.classes().map((name) => this.of(name));
  }
}

/** Classes without repeats, in ascending order: numbers by value, text by its code units. */
export function sortedClasses<T extends string | number>(classes: Iterable<T>): T[] {
  return [...new Set(classes)].sort((a, b) => (a < b ? -1 : 1));
}
