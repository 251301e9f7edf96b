import type { PositionSchemes } from '../../nn/index.ts';
import { transformerSeq2Seq } from '../body/transformer-seq2seq.ts';
import type { FamilyRow } from './family-row.ts';
import { mostTokens, schemeFields } from './transformer-fields.ts';
import { type TransformerSeq2SeqConfig, targetSize, transformerSeq2SeqConfig } from './transformer-seq2seq-config.ts';

/** The encoder–decoder's row in the table of families. */
export const transformerSeq2SeqFamily = (
  schemes: PositionSchemes,
): FamilyRow<TransformerSeq2SeqConfig, 'sequence-to-sequence'> => ({
  role: 'sequence-to-sequence',
  config: transformerSeq2SeqConfig(schemes),
  fileDefaults: {},
  idleFields: [],
  setup: (config) => ({
    config: { ...config, ...schemeFields(config, schemes) },
    model: transformerSeq2Seq(config, schemes),
    tokens: {
      sourceVocabulary: config.vocab_size,
      targetVocabulary: targetSize(config),
      maxTokens: mostTokens(config, schemes) ?? Number.POSITIVE_INFINITY,
      padTokenId: config.pad_token_id,
      decoderStartTokenId: config.decoder_start_token_id,
    },
    architecture: 'HeddleTransformerSeq2Seq',
    checkpoint: {},
    copies: new Map(),
    generationDefaults: {
      bad_words_ids: [[config.pad_token_id]],
      decoder_start_token_id: config.decoder_start_token_id,
      eos_token_id: config.eos_token_id,
      forced_eos_token_id: config.forced_eos_token_id,
      pad_token_id: config.pad_token_id,
    },
  }),
});
