import { InputError } from '../../io/error.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

/** The id of a tokenizer's mask token. @throws {InputError} when it has none. `where` names the tokenizer's folder. */
export function maskIdOf({ maskId }: Tokenizer, where: string): number {
  if (maskId !== null) return maskId;
  throw new InputError(
    `${where}: fill-mask needs a tokenizer with a mask token, and mask_token of tokenizer_config.json names none`,
  );
}
