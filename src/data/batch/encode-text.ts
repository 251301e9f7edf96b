import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { EncodeOptions } from './encode.ts';
import { encodeWithin } from './encode-within.ts';

/** Texts, or pairs of texts, to encode. */
export interface GivenTexts {
  readonly texts: readonly string[];
  /** The second text of each pair; absent for single texts. */
  readonly pairs?: readonly string[] | undefined;
  where(index: number): string;
}

/** Texts as token ids, in order. Each has at least one token. */
export interface EncodedTexts {
  readonly ids: readonly Int32Array[];
  /** Which of two texts each token belongs to; absent for single texts. */
  readonly typeIds?: readonly Int32Array[] | undefined;
  /** Number of texts cut to `max_length`, and their indices. */
  readonly truncated: number;
  readonly cut: ReadonlySet<number>;
  /** Texts that have only special tokens or blanks, and pairs of which one text has. */
  readonly empty: number;
  where(index: number): string;
}

/** What an empty text is encoded as if the tokenizer adds no special tokens. */
function leastToken({ eosId, unkId, padId }: Tokenizer): number {
  return eosId ?? unkId ?? padId ?? 0;
}

/**
 * Encodes texts, or pairs, with the tokenizer's template. A text that is too long is cut, of a pair the longer one; the
 * special tokens stay. A sequence is never empty: a text without tokens becomes one token, the end token if there is one.
 *
 * @throws {InputError} when `max_length` is below 2, or the tokenizer has no template for pairs.
 */
export function encodeTexts(
  text: GivenTexts,
  tokenizer: Tokenizer,
  { max_length = Number.POSITIVE_INFINITY }: EncodeOptions = {},
): EncodedTexts {
  if (!(max_length >= 2)) throw new InputError(`data: max_length must be at least 2, got ${max_length}`);
  if (text.pairs) return encodeTextPairs({ ...text, pairs: text.pairs }, tokenizer, max_length);
  const least = tokenizer.encode('').length;
  const cut = new Set<number>();
  let empty = 0;
  const ids = text.texts.map((line, at) => {
    const { ids: own, whole } = encodeWithin(tokenizer, line, max_length);
    if (whole.length <= least || line.trim() === '') empty++;
    if (own !== whole) cut.add(at);
    return own.length > 0 ? Int32Array.from(own) : Int32Array.of(leastToken(tokenizer));
  });
  return { ids, truncated: cut.size, cut, empty, where: text.where };
}

function encodeTextPairs(
  { texts, pairs, where }: Required<GivenTexts>,
  tokenizer: Tokenizer,
  max_length: number,
): EncodedTexts {
  const cut = new Set<number>();
  const least = tokenizer.specialTokensToAdd.pair ?? 0;
  const encoded = texts.map((first, at) => {
    const text_pair = itemAt(pairs, at, 'a second text');
    const whole = tokenizer.encoding(first, { text_pair });
    if (whole.ids.length <= max_length) return whole;
    cut.add(at);
    return tokenizer.encoding(first, { text_pair, truncation: 'longest_first', max_length });
  });
  return {
    ids: encoded.map(({ ids }) => (ids.length > 0 ? Int32Array.from(ids) : Int32Array.of(leastToken(tokenizer)))),
    typeIds: encoded.map(({ type_ids }) => (type_ids.length > 0 ? Int32Array.from(type_ids) : Int32Array.of(0))),
    truncated: cut.size,
    cut,
    empty: encoded.filter(
      ({ ids }, at) => ids.length <= least || [texts[at], pairs[at]].some((text) => text?.trim() === ''),
    ).length,
    where,
  };
}
