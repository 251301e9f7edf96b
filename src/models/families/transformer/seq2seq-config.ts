import * as z from 'zod';
import type { PositionSchemes } from '../../../nn/index.ts';
import { derived } from '../../derived-field.ts';
import type { LanguageHeadConfig } from '../../heads/language-head.ts';
import { layerCount, type TransformerConfig, tokenId, transformerConfig } from './fields.ts';

export type TransformerSeq2SeqConfig = TransformerConfig &
  LanguageHeadConfig & {
    readonly model_type: 'transformer_seq2seq';
    readonly num_decoder_layers?: number;
    readonly share_encoder_decoder_embeddings: boolean;
    readonly decoder_vocab_size?: number | null;
    readonly eos_token_id: number;
    readonly decoder_start_token_id: number;
    readonly forced_eos_token_id: number | null;
  };

const own = {
  num_decoder_layers: layerCount.optional().describe('number of decoder blocks; by default num_hidden_layers'),
  share_encoder_decoder_embeddings: z
    .boolean()
    .default(true)
    .describe('one embedding table for source and target; follows tokenizer.shared'),
  decoder_vocab_size: derived(z.int().min(1).nullish(), 'size of the target’s vocabulary if each side has its own'),
  tie_word_embeddings: z
    .boolean()
    .default(true)
    .describe('whether the output layer reuses the decoder’s embedding table'),
  eos_token_id: derived(tokenId.default(0), 'token that ends a text'),
  decoder_start_token_id: derived(tokenId, 'token that the decoder starts from'),
  forced_eos_token_id: derived(
    tokenId.nullable().default(null),
    'last token of a result that reaches the maximum length',
  ),
};

/** Size of the decoder's vocabulary: its own if the sides do not share one. */
export const targetSize = (
  config: Pick<TransformerSeq2SeqConfig, 'vocab_size' | 'decoder_vocab_size' | 'share_encoder_decoder_embeddings'>,
): number =>
  config.share_encoder_decoder_embeddings ? config.vocab_size : (config.decoder_vocab_size ?? config.vocab_size);

export const transformerSeq2SeqConfig = (schemes: PositionSchemes): z.ZodObject & z.ZodType<TransformerSeq2SeqConfig> =>
  transformerConfig(
    ['transformer_seq2seq', 'Transformer encoder and decoder, with a choice of norms and positions'],
    own,
    schemes,
    (config) => {
      const size = targetSize(config);
      const target = [size === config.vocab_size ? 'vocab_size' : 'decoder_vocab_size', size] as const;
      return {
        // Both sides are padded with it.
        pad_token_id: size < config.vocab_size ? target : ['vocab_size', config.vocab_size],
        eos_token_id: target,
        decoder_start_token_id: target,
        forced_eos_token_id: target,
      };
    },
  );
