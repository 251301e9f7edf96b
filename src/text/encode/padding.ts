import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import type { Encoding } from './encoding.ts';
import type { Side } from './truncation.ts';

/** How `Tokenizer.pad` pads encodings. The names and defaults are those of Transformers' `pad`. */
export interface PaddingOptions {
  /** Pads to the longest encoding, or to `max_length`. Default `longest`. */
  readonly padding?: 'longest' | 'max_length' | undefined;
  /** Needs `padding: 'max_length'`. Default: `model_max_length` of `tokenizer_config.json`. Longer encodings stay. */
  readonly max_length?: number | undefined;
  /** Rounds the length up to a multiple. */
  readonly pad_to_multiple_of?: number | undefined;
  /** Default: `padding_side` of `tokenizer_config.json`, otherwise right. */
  readonly padding_side?: Side | undefined;
}

const options = z.strictObject({
  padding: z.enum(['longest', 'max_length']).default('longest'),
  max_length: z.int().min(0).optional(),
  pad_to_multiple_of: z.int().min(1).optional(),
  padding_side: z.enum(['left', 'right']).optional(),
});

/** What the files of a tokenizer say about padding. */
export interface PaddingDefaults {
  /** Null when the files name no padding token. */
  readonly pad_token: string | null;
  readonly pad_token_id: number | null;
  readonly pad_token_type_id: number;
  readonly padding_side: Side;
  /** Undefined when the model has no limit. */
  readonly max_length: number | undefined;
}

/**
 * Returns `Tokenizer.pad`. What overflowed is padded to the same length.
 *
 * Source: tokenizers 0.23 utils/padding.rs.
 */
export function padder(
  defaults: PaddingDefaults,
): (encodings: readonly Encoding[], given?: PaddingOptions) => Encoding[] {
  const { pad_token: token, pad_token_id: id, pad_token_type_id: type } = defaults;
  return (encodings, given = {}) => {
    const checked = check(options, given, 'tokenizer: pad');
    if (token === null || id === null)
      throw new InputError('tokenizer: pad: expected a pad_token, got none; tokenizer_config.json names it');
    const isFixed = checked.padding === 'max_length';
    if (!isFixed && checked.max_length !== undefined)
      throw new InputError("tokenizer: pad: max_length needs padding: 'max_length', got 'longest'");
    const least = isFixed ? (checked.max_length ?? defaults.max_length) : longest(encodings);
    if (least === undefined)
      throw new InputError("tokenizer: pad: padding: 'max_length' needs a max_length: the model has none");
    const length = roundedUp(least, checked.pad_to_multiple_of ?? 1);
    const side = checked.padding_side ?? defaults.padding_side;
    const padded = (encoding: Encoding): Encoding => {
      const missing = Math.max(0, length - encoding.ids.length);
      const filled = <T>(list: readonly T[], value: T): T[] => {
        const fill = new Array<T>(missing).fill(value);
        return side === 'left' ? [...fill, ...list] : [...list, ...fill];
      };
      return {
        ids: filled(encoding.ids, id),
        tokens: filled(encoding.tokens, token),
        offsets: filled(encoding.offsets, [0, 0]),
        type_ids: filled(encoding.type_ids, type),
        attention_mask: filled(encoding.attention_mask, 0),
        special_tokens_mask: filled(encoding.special_tokens_mask, 1),
        word_ids: filled(encoding.word_ids, null),
        sequence_ids: filled(encoding.sequence_ids, null),
        overflowing: encoding.overflowing.map(padded),
      };
    };
    return encodings.map(padded);
  };
}

const longest = (encodings: readonly Encoding[]): number =>
  encodings.reduce((most, { ids }) => Math.max(most, ids.length), 0);

const roundedUp = (length: number, multiple: number): number => Math.ceil(length / multiple) * multiple;
