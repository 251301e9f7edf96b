import * as z from 'zod';
import type { PositionSchemes } from '../../../nn/index.ts';
import {
  type SequenceFields,
  targetLimit,
  targetTokenFields,
  vocabularyFields,
} from '../../heads/fields/sequence-fields.ts';
import type { LanguageHeadConfig } from '../../heads/layers/language-head.ts';
import { layers } from '../field.ts';
import { type TransformerConfig, transformerConfig } from './fields.ts';

export type TransformerSeq2SeqConfig = TransformerConfig &
  LanguageHeadConfig &
  SequenceFields & {
    readonly model_type: 'transformer_seq2seq';
    readonly num_decoder_layers?: number;
  };

const own = {
  num_decoder_layers: layers.optional().describe('number of decoder blocks; by default num_hidden_layers'),
  ...vocabularyFields,
  tie_word_embeddings: z
    .boolean()
    .default(true)
    .describe('whether the output layer reuses the decoder’s embedding table'),
  ...targetTokenFields,
};

export const transformerSeq2SeqConfig = (schemes: PositionSchemes): z.ZodObject & z.ZodType<TransformerSeq2SeqConfig> =>
  transformerConfig(
    ['transformer_seq2seq', 'Transformer encoder and decoder, with a choice of norms and positions'],
    own,
    schemes,
    (config) => {
      const target = targetLimit(config);
      return {
        // Both sides are padded with it.
        pad_token_id: target[1] < config.vocab_size ? target : ['vocab_size', config.vocab_size],
        eos_token_id: target,
        decoder_start_token_id: target,
        forced_eos_token_id: target,
      };
    },
  );
