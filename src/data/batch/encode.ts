import { InputError } from '../../io/error.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { ParallelText } from '../read/parallel.ts';
import { encodeWithin } from './encode-within.ts';

/** Pairs of token ids, in the order of the file; both sides include the end token. */
export interface EncodedPairs {
  source: Int32Array[];
  target: Int32Array[];
  /** Number of sides cut to `max_length`. */
  truncated: { source: number; target: number };
  origin(index: number): string;
}

/** The two sides of one pair. */
export interface EncodedPair {
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/** Pair `index`. @throws {RangeError} when it is out of range. */
export function pairAt(pairs: Pick<EncodedPairs, 'source' | 'target'>, index: number): EncodedPair {
  const source = pairs.source[index];
  const target = pairs.target[index];
  if (!source || !target)
    throw new RangeError(`data: expected a pair from 0 to ${pairs.source.length - 1}, got ${index}`);
  return { source, target };
}

/** Maximum length of each side. */
export interface EncodeOptions {
  /** Longer sides are cut to this many tokens; the special tokens of the template stay. Default: nothing is cut. */
  max_length?: number | undefined;
}

/**
 * Encodes parallel text with one tokenizer per side (the same one twice for a shared vocabulary).
 *
 * @throws {InputError} when a side has only special tokens.
 */
export function encodePairs(
  text: ParallelText,
  tokenizers: { source: Tokenizer; target: Tokenizer },
  { max_length = Number.POSITIVE_INFINITY }: EncodeOptions = {},
): EncodedPairs {
  if (!(max_length >= 2)) throw new InputError(`data: max_length must be at least 2, got ${max_length}`);
  const truncated = { source: 0, target: 0 };
  const encode = (side: 'source' | 'target'): Int32Array[] => {
    const tokenizer = tokenizers[side];
    const least = tokenizer.encode('').length;
    return text[side].map((line, i) => {
      const { ids, whole } = encodeWithin(tokenizer, line, max_length);
      if (whole.length <= least) {
        throw new InputError(
          `data ${text.origin(i)}: expected text on both sides, got no token from ${side} ${JSON.stringify(line)}`,
        );
      }
      if (ids !== whole) truncated[side]++;
      return Int32Array.from(ids);
    });
  };
  return { source: encode('source'), target: encode('target'), truncated, origin: text.origin };
}
