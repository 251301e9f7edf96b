import type { Padding } from '../data/batch/padding.ts';

/** Limits on the tokens of a model that reads one text. */
export interface TextTokens {
  /** Ids are below this. */
  readonly vocabulary: number;
  /** Most tokens of a text: the number of positions, or Infinity if there is no limit. */
  readonly maxTokens: number;
  readonly padTokenId: number;
  /** How batches are filled up; absent: texts are padded to the longest. */
  readonly padding?: Padding | undefined;
  /** The token whose vector a classifier reads, so that every text must have it; absent if it reads no such token. */
  readonly endTokenId?: number | undefined;
}

/** The limits of a configuration's tokens; its texts may have any length unless `maxTokens` is given. */
export const textTokens = (
  config: { readonly vocab_size: number; readonly pad_token_id: number | null },
  maxTokens = Number.POSITIVE_INFINITY,
): TextTokens => ({ vocabulary: config.vocab_size, maxTokens, padTokenId: config.pad_token_id ?? 0 });

/** Limits on the tokens of an encoder–decoder. */
export interface TokenRange {
  /** Ids of the source are below this. */
  readonly sourceVocabulary: number;
  /** Ids of the target and of labels are below this. */
  readonly targetVocabulary: number;
  /** Most tokens of a source or a target: the number of positions, or Infinity if there is no limit. */
  readonly maxTokens: number;
  readonly padTokenId: number;
  /** How batches are filled up; absent: texts are padded to the longest. */
  readonly padding?: Padding | undefined;
  /** The token that ends a target. */
  readonly eosTokenId: number;
  readonly decoderStartTokenId: number;
  /** The token that the decoder reads before a target, where it is one of the target's own. */
  readonly startOf?: ((target: Int32Array) => number) | undefined;
}
