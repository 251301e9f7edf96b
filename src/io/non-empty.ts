import { firstOf } from './item-at.ts';

/** A list with a first item, so that `const [first] = list` is an item also under `noUncheckedIndexedAccess`. */
export type NonEmpty<T> = [T, ...T[]];

/**
 * A list that is known to have an item, typed so.
 *
 * @param what the name of an item, for the error.
 * @throws {RangeError} when it is empty.
 */
export function nonEmpty<T>(items: T[], what: string): NonEmpty<T> {
  firstOf(items, what);
  return items as NonEmpty<T>;
}
