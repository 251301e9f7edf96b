import { z } from 'zod';
import type { PositionSchemes } from '../nn/index.ts';
import { derived } from './derived-field.ts';
import { layerCount, tokenId, transformerConfig } from './transformer-config.ts';
import type { HeadConfig } from './transformer-head.ts';

export type TransformerSeq2SeqConfig = HeadConfig & {
  readonly model_type: 'transformer_seq2seq';
  readonly num_decoder_layers?: number;
  readonly share_encoder_decoder_embeddings: boolean;
  readonly decoder_vocab_size?: number | null;
  readonly eos_token_id: number;
  readonly decoder_start_token_id: number;
  readonly forced_eos_token_id: number | null;
};

const own = {
  num_decoder_layers: layerCount.optional().describe('num_hidden_layers, which are the encoder’s, when left out'),
  share_encoder_decoder_embeddings: z
    .boolean()
    .default(true)
    .describe('one table for both sides; follows tokenizer.shared'),
  decoder_vocab_size: derived(
    z.int().min(1).nullish(),
    'tokens of the target’s vocabulary where each side has its own',
  ),
  tie_word_embeddings: z.boolean().default(true).describe('the output layer is the decoder’s embedding table'),
  eos_token_id: derived(tokenId.default(0), 'the token that ends a text'),
  decoder_start_token_id: derived(tokenId, 'the token that every target begins after'),
  forced_eos_token_id: derived(tokenId.nullable().default(null), 'last token where a result is as long as may be'),
};

/** How many tokens the decoder knows: its own vocabulary when the sides do not share one. */
export const targetSize = (
  config: Pick<TransformerSeq2SeqConfig, 'vocab_size' | 'decoder_vocab_size' | 'share_encoder_decoder_embeddings'>,
): number =>
  config.share_encoder_decoder_embeddings ? config.vocab_size : (config.decoder_vocab_size ?? config.vocab_size);

export const transformerSeq2SeqConfig = (schemes: PositionSchemes): z.ZodObject & z.ZodType<TransformerSeq2SeqConfig> =>
  transformerConfig(
    ['transformer_seq2seq', 'Transformer encoder and decoder, with every choice of norm and positions'],
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
