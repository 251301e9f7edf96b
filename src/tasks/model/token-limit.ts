import { InputError } from '../../io/error.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import { roleNames } from '../../models/role.ts';

/** The limits of a model's tokens. @throws {InputError} when it reads no texts. */
export function tokenLimits<L extends Pick<LoadedModel, 'name' | 'role' | 'tokens'>>({ name, role, tokens }: L) {
  if (tokens) return tokens as NonNullable<L['tokens']>;
  throw new InputError(`${name}: expected a model that reads texts, got ${roleNames[role]}`);
}
