import { z } from 'zod';

const count = z.int().min(1);
const rate = z.number().min(0).lt(1);

/**
 * Marian's `config.json`, field by field as Transformers names them. Post-norm and sinusoidal positions are fixed:
 * Transformers never reads `normalize_before` or `static_position_embeddings`, so other values are an error.
 */
export const marianConfig = z.strictObject({
  model_type: z.literal('marian'),
  vocab_size: count,
  decoder_vocab_size: count.nullish(),
  d_model: count.default(512),
  encoder_layers: z.int().min(0).default(6),
  decoder_layers: z.int().min(0).default(6),
  encoder_attention_heads: count.default(8),
  decoder_attention_heads: count.default(8),
  encoder_ffn_dim: count.default(2048),
  decoder_ffn_dim: count.default(2048),
  activation_function: z.string().default('relu'),
  dropout: rate.default(0.1),
  attention_dropout: rate.default(0),
  activation_dropout: rate.default(0),
  max_position_embeddings: count.default(512),
  init_std: z.number().positive().default(0.02),
  scale_embedding: z.boolean().default(true),
  normalize_before: z.literal(false).optional(),
  normalize_embedding: z.literal(false).optional(),
  static_position_embeddings: z.literal(true).optional(),
  encoder_layerdrop: z.literal(0).optional(),
  decoder_layerdrop: z.literal(0).optional(),
  share_encoder_decoder_embeddings: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
  pad_token_id: z.int().min(0),
  eos_token_id: z.int().min(0).default(0),
  decoder_start_token_id: z.int().min(0),
  forced_eos_token_id: z.int().min(0).nullish(),
  is_encoder_decoder: z.literal(true).optional(),
});

export type MarianConfig = z.output<typeof marianConfig>;
