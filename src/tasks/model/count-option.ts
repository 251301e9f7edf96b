import { InputError } from '../../io/error.ts';
import { found } from '../../io/found.ts';

/**
 * Checks an option of a call that counts something.
 *
 * @param where the option in errors: `fill-mask: top_k`.
 * @param mayBeNull whether null, which stands for all, is allowed too.
 * @throws {InputError} for anything but a whole number from `least` on.
 */
export function checkCount(where: string, value: unknown, least: number, mayBeNull = false): void {
  if (Number.isInteger(value) && Number(value) >= least) return;
  if (mayBeNull && value === null) return;
  throw new InputError(
    `${where}: expected a whole number ≥ ${least}${mayBeNull ? ' or null' : ''}, got ${found(value)}`,
  );
}
