import { generationFields } from '../../decode/settings/generation-config.ts';
import { InputError } from '../../io/error.ts';
import { found, typeFound } from '../../io/found.ts';
import { didYouMeanField } from '../../io/nearest.ts';

/** How a pipeline reads its options: its own, and whether it also takes the fields of `GenerationConfig`. */
export interface CallOptions {
  /** Options by name; `flag` is true or false, `signal` an AbortSignal. */
  readonly own: Readonly<Record<string, 'flag' | 'signal' | 'other'>>;
  readonly isGeneration?: boolean | undefined;
}

/**
 * Refuses options that would have no effect.
 *
 * @param where the name of the call in errors: `text-classification`.
 * @throws {InputError} for an unknown option (the message suggests the nearest name), a flag that is neither true nor
 *   false, or a signal that is not an AbortSignal.
 */
export function checkCallOptions(where: string, given: object | undefined, { own, isGeneration }: CallOptions): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InputError(`${where}: expected options as an object, got ${Array.isArray(given) ? 'a list' : given}`);
  }
  const known = [...Object.keys(own), ...(isGeneration ? generationFields : [])];
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!known.includes(name)) {
      throw new InputError(`${where}: unknown option "${name}"${didYouMeanField(name, known)}`);
    }
    const form = Object.hasOwn(own, name) ? own[name] : 'other';
    if (form === 'flag' && typeof value !== 'boolean') {
      throw new InputError(`${where}: ${name}: expected true or false, got ${found(value)}`);
    }
    if (form === 'signal' && !(value instanceof AbortSignal)) {
      throw new InputError(`${where}: ${name}: expected an AbortSignal, got ${typeFound(value)}`);
    }
  }
}
