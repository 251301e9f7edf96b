/** A half-open range of code points, `[start, end)`. */
export type Offsets = readonly [start: number, end: number];

/**
 * The tokens of a text or of a pair of texts. All lists have one entry per token.
 *
 * The fields are those of Hugging Face Tokenizers' `Encoding`.
 */
export interface Encoding {
  readonly ids: readonly number[];
  readonly tokens: readonly string[];
  /**
   * Where each token is in its text, in code points; in a text that is split into words, where it is in its word.
   * `[0, 0]` for tokens that the template or padding adds.
   */
  readonly offsets: readonly Offsets[];
  /** `token_type_ids`: in most templates 0 for the first text and 1 for the second. */
  readonly type_ids: readonly number[];
  /** 0 for padding, otherwise 1. */
  readonly attention_mask: readonly number[];
  /** 1 for tokens that the template or padding adds, otherwise 0. */
  readonly special_tokens_mask: readonly number[];
  /** The number of each token's word in its text; null for tokens that the template or padding adds. */
  readonly word_ids: readonly (number | null)[];
  /** 0 for tokens of the first text, 1 for those of the second; null for tokens that the template or padding adds. */
  readonly sequence_ids: readonly (number | null)[];
  /** The rest of a text that was truncated, in further encodings; empty unless `return_overflowing_tokens` is set. */
  readonly overflowing: readonly Encoding[];
}

/** The lists of an encoding. */
export type TokenLists = Omit<Encoding, 'overflowing'>;

/** An encoding without tokens. */
export const emptyEncoding: Encoding = {
  ids: [],
  tokens: [],
  offsets: [],
  type_ids: [],
  attention_mask: [],
  special_tokens_mask: [],
  word_ids: [],
  sequence_ids: [],
  overflowing: [],
};

/** An encoding whose lists are changed, each in the same way. `overflowing` becomes empty. */
export function mapLists(encoding: TokenLists, change: <T>(list: readonly T[]) => readonly T[]): Encoding {
  return {
    ids: change(encoding.ids),
    tokens: change(encoding.tokens),
    offsets: change(encoding.offsets),
    type_ids: change(encoding.type_ids),
    attention_mask: change(encoding.attention_mask),
    special_tokens_mask: change(encoding.special_tokens_mask),
    word_ids: change(encoding.word_ids),
    sequence_ids: change(encoding.sequence_ids),
    overflowing: [],
  };
}

/** The tokens of several encodings as one, without their overflow. */
export function joinEncodings(parts: readonly TokenLists[]): Encoding {
  const joined = <T>(listOf: (part: TokenLists) => readonly T[]): T[] => {
    const all: T[] = [];
    for (const part of parts) for (const one of listOf(part)) all.push(one);
    return all;
  };
  return {
    ids: joined(({ ids }) => ids),
    tokens: joined(({ tokens }) => tokens),
    offsets: joined(({ offsets }) => offsets),
    type_ids: joined(({ type_ids }) => type_ids),
    attention_mask: joined(({ attention_mask }) => attention_mask),
    special_tokens_mask: joined(({ special_tokens_mask }) => special_tokens_mask),
    word_ids: joined(({ word_ids }) => word_ids),
    sequence_ids: joined(({ sequence_ids }) => sequence_ids),
    overflowing: [],
  };
}
