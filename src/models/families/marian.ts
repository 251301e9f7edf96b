import { marian } from '../body/marian.ts';
import type { FamilyRow } from './family-row.ts';
import { type MarianConfig, marianConfig, marianFileDefaults } from './marian-config.ts';

/** Marian's row in the table of families. */
export const marianFamily: FamilyRow<MarianConfig, 'sequence-to-sequence'> = {
  role: 'sequence-to-sequence',
  config: marianConfig,
  fileDefaults: marianFileDefaults,
  idleFields: [
    'add_bias_logits',
    'add_final_layer_norm',
    'classif_dropout',
    'classifier_dropout',
    'extra_pos_embeddings',
  ],
  setup: (config) => {
    const model = marian(config);
    const isShared = config.share_encoder_decoder_embeddings;
    const table = isShared ? 'model.shared.weight' : 'model.decoder.embed_tokens.weight';
    const lookups = isShared ? ['model.encoder.embed_tokens.weight', 'model.decoder.embed_tokens.weight'] : [];
    const tied = config.tie_word_embeddings ? [...lookups, 'lm_head.weight'] : lookups;
    return {
      model,
      tokens: {
        sourceVocabulary: model.vocabulary.source,
        targetVocabulary: model.vocabulary.target,
        maxTokens: config.max_position_embeddings,
        padTokenId: config.pad_token_id,
        decoderStartTokenId: config.decoder_start_token_id,
      },
      architecture: 'MarianMTModel',
      checkpoint: {
        ignore: ['model.encoder.embed_positions.weight', 'model.decoder.embed_positions.weight'],
        tied: new Map(tied.map((name) => [name, table])),
      },
      // Transformers 5 ties the embeddings only if it ties the head too.
      copies: new Map(config.tie_word_embeddings ? [] : lookups.map((name) => [name, table])),
      generationDefaults: {
        bad_words_ids: [[config.pad_token_id]],
        decoder_start_token_id: config.decoder_start_token_id,
        eos_token_id: config.eos_token_id,
        forced_eos_token_id: config.forced_eos_token_id,
        pad_token_id: config.pad_token_id,
      },
    };
  },
};
