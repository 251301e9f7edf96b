import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';

/**
 * `name`, checked to be a key of `table`.
 *
 * @throws {InputError} naming the nearest key and all known ones.
 */
export function knownName<T extends object>(where: string, what: string, table: T, name: string): keyof T {
  if (Object.hasOwn(table, name)) return name as keyof T;
  const known = Object.keys(table);
  throw new InputError(`${where}: ${what} must be one of ${known.join(', ')}, got "${name}"${didYouMean(name, known)}`);
}

/** @throws {InputError} when `value` is not an integer of at least `least`. */
export function checkInteger(where: string, what: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new InputError(`${where}: ${what} must be an integer of at least ${least}, got ${value}`);
}
