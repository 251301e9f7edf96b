import * as z from 'zod';
import { derived } from '../../derived-field.ts';
import type { TokenRange } from '../../tokens.ts';

const tokenId = z.int().min(0);

/** The fields that say whether both sides have one vocabulary and one table. */
export const vocabularyFields = {
  share_encoder_decoder_embeddings: z
    .boolean()
    .default(true)
    .describe('one embedding table for source and target; follows tokenizer.shared'),
  decoder_vocab_size: derived(z.int().min(1).nullish(), 'size of the target’s vocabulary if each side has its own'),
};

/** The fields of every encoder–decoder that name tokens of the target. */
export const targetTokenFields = {
  eos_token_id: derived(tokenId.default(0), 'token that ends a text'),
  decoder_start_token_id: derived(tokenId, 'token that the decoder starts from'),
  forced_eos_token_id: derived(
    tokenId.nullable().default(null),
    'last token of a result that reaches the maximum length',
  ),
};

/** What the configuration of an encoder–decoder says of its vocabularies. */
export interface VocabularyFields extends Partial<z.output<z.ZodObject<typeof vocabularyFields>>> {
  readonly vocab_size: number;
}

/** What the configuration of an encoder–decoder says of its tokens. */
export interface SequenceFields extends VocabularyFields, z.output<z.ZodObject<typeof targetTokenFields>> {
  readonly pad_token_id: number;
}

/** Size of the decoder's vocabulary: its own if the sides do not share one. Families without these fields share one. */
export const targetSize = (config: VocabularyFields): number =>
  config.share_encoder_decoder_embeddings === false
    ? (config.decoder_vocab_size ?? config.vocab_size)
    : config.vocab_size;

/** The field that limits ids of the target, and its value. */
export function targetLimit(config: VocabularyFields): readonly [field: string, size: number] {
  const size = targetSize(config);
  return [size === config.vocab_size ? 'vocab_size' : 'decoder_vocab_size', size];
}

/** The limits of an encoder–decoder's tokens; its texts may have any length unless `maxTokens` is given. */
export const sequenceTokens = (config: SequenceFields, maxTokens = Number.POSITIVE_INFINITY): TokenRange => ({
  sourceVocabulary: config.vocab_size,
  targetVocabulary: targetSize(config),
  maxTokens,
  padTokenId: config.pad_token_id,
  eosTokenId: config.eos_token_id,
  decoderStartTokenId: config.decoder_start_token_id,
});

/** What the `generation_config.json` of an encoder–decoder from Transformers starts from. */
export const sequenceDefaults = (config: Omit<SequenceFields, 'decoder_start_token_id'> & StartField) => ({
  decoder_start_token_id: config.decoder_start_token_id,
  eos_token_id: config.eos_token_id,
  forced_eos_token_id: config.forced_eos_token_id,
  pad_token_id: config.pad_token_id,
});

/** The start token, if the configuration names one. */
interface StartField {
  readonly decoder_start_token_id: number | null;
}

/** The same for models that never write padding. */
export const sequenceGeneration = (config: Parameters<typeof sequenceDefaults>[0]) => ({
  bad_words_ids: [[config.pad_token_id]],
  ...sequenceDefaults(config),
});
