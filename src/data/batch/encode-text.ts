import { InputError } from '../../io/error.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { EncodeOptions } from './encode.ts';

/** Texts as token ids, in order. Each has at least one token. */
export interface EncodedTexts {
  readonly ids: readonly Int32Array[];
  /** Number of texts cut to `max_length`, and their indices. */
  readonly truncated: number;
  readonly cut: ReadonlySet<number>;
  /** Texts that have only special tokens. */
  readonly empty: number;
  where(index: number): string;
}

/** What an empty text is encoded as if the tokenizer adds no special tokens. */
function leastToken({ eosId, unkId, padId }: Tokenizer): number {
  return eosId ?? unkId ?? padId ?? 0;
}

/**
 * Encodes texts. A sequence is never empty: a text without tokens becomes one token, the end token if there is one.
 *
 * @throws {InputError} when `max_length` is below 2.
 */
export function encodeTexts(
  text: { readonly texts: readonly string[]; where(index: number): string },
  tokenizer: Tokenizer,
  { max_length = Number.POSITIVE_INFINITY }: EncodeOptions = {},
): EncodedTexts {
  if (!(max_length >= 2)) throw new InputError(`data: max_length must be at least 2, got ${max_length}`);
  const least = tokenizer.encode('').length;
  const cut = new Set<number>();
  let empty = 0;
  const ids = text.texts.map((line, at) => {
    const tokens = tokenizer.encode(line);
    if (tokens.length <= least) empty++;
    if (tokens.length === 0) return Int32Array.of(leastToken(tokenizer));
    if (tokens.length <= max_length) return Int32Array.from(tokens);
    cut.add(at);
    return Int32Array.from([...tokens.slice(0, max_length - 1), tokens[tokens.length - 1]]);
  });
  return { ids, truncated: cut.size, cut, empty, where: text.where };
}
