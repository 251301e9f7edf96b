/**
 * Item `index` of a list whose length is known from another list.
 *
 * @param what the name of an item, for the error.
 * @throws {RangeError} when there is no such item.
 */
export function itemAt<T>(items: ArrayLike<T>, index: number, what: string): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`expected ${what} from 0 to ${items.length - 1}, got ${index}`);
  return item;
}

/**
 * The first item of a list that is not empty.
 *
 * @param what the name of an item, for the error.
 * @throws {RangeError} when it is empty.
 */
export function firstOf<T>(items: ArrayLike<T>, what: string): T {
  const first = items[0];
  if (first === undefined) throw new RangeError(`expected ${what}, got none`);
  return first;
}

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
