import { z } from 'zod';
import { activations } from '../nn/index.ts';

const count = z.int().min(1);
/** More layers than any model has: tracing them would take all memory before a checkpoint could disagree. */
const layers = z.int().min(0).max(1000);
/** Numbers in a table of positions; it is a constant of the graph, and an ONNX file holds less than 2 GiB. */
const largestTable = 2 ** 28;
const tokenId = z.int().min(0);
const rate = z.number().min(0).lt(1);

const fields = {
  model_type: z.literal('marian'),
  vocab_size: count,
  decoder_vocab_size: count.nullish(),
  d_model: count.default(512).describe('width'),
  encoder_layers: layers.default(6),
  decoder_layers: layers.default(6),
  encoder_attention_heads: count.default(8),
  decoder_attention_heads: count.default(8),
  encoder_ffn_dim: count.default(2048),
  decoder_ffn_dim: count.default(2048),
  activation_function: z.enum(Object.keys(activations)).default('relu').describe('between the two feed-forward maps'),
  dropout: rate.default(0.1).describe('of embeddings and of every sublayer'),
  attention_dropout: rate.default(0).describe('of attention weights'),
  activation_dropout: rate.default(0).describe('behind activation_function'),
  max_position_embeddings: count.default(512).describe('tokens of a source or a target at most'),
  init_std: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  scale_embedding: z.boolean().default(true).describe('embeddings times √d_model'),
  normalize_before: z.literal(false).optional(),
  normalize_embedding: z.literal(false).optional(),
  static_position_embeddings: z.literal(true).optional(),
  encoder_layerdrop: z.literal(0).optional(),
  decoder_layerdrop: z.literal(0).optional(),
  share_encoder_decoder_embeddings: z
    .boolean()
    .default(true)
    .describe('one table for both sides; follows tokenizer.shared'),
  tie_word_embeddings: z.boolean().default(true).describe('the output layer is the decoder’s embedding table'),
  pad_token_id: tokenId,
  eos_token_id: tokenId.default(0),
  decoder_start_token_id: tokenId,
  forced_eos_token_id: tokenId.nullable().default(null),
  is_encoder_decoder: z.literal(true).optional(),
};

/**
 * Marian's `config.json`, field by field as Transformers names them. Defaults are the base Transformer of 2017, for
 * recipes; a file that leaves a field out means {@link marianFileDefaults}.
 *
 * Post-norm and sinusoidal positions are fixed: Transformers never reads `normalize_before` or
 * `static_position_embeddings`, so other values are an error.
 */
export const marianConfig = z.strictObject(fields).superRefine((config, context) => {
  const wrong = (field: keyof typeof fields, expected: string) =>
    context.addIssue({ code: 'custom', path: [field], message: `expected ${expected}, got ${config[field]}` });
  for (const field of ['encoder_attention_heads', 'decoder_attention_heads'] as const) {
    if (config.d_model % config[field] !== 0) wrong(field, `a divisor of d_model ${config.d_model}`);
  }
  if (config.max_position_embeddings * config.d_model > largestTable) {
    wrong(
      'max_position_embeddings',
      `at most ${Math.floor(largestTable / config.d_model)} with d_model ${config.d_model}`,
    );
  }
  const size = targetVocabularySize(config);
  const sizeName = size === config.vocab_size ? 'vocab_size' : 'decoder_vocab_size';
  for (const field of ['pad_token_id', 'eos_token_id', 'decoder_start_token_id', 'forced_eos_token_id'] as const) {
    const id = config[field];
    if (id !== null && id >= size) wrong(field, `a token id below ${sizeName} ${size}`);
  }
  if (config.pad_token_id >= config.vocab_size && size !== config.vocab_size) {
    wrong('pad_token_id', `a token id below vocab_size ${config.vocab_size}`);
  }
});

export type MarianConfig = z.output<typeof marianConfig>;

/** How many tokens the decoder knows: its own vocabulary when the sides do not share one. */
export const targetVocabularySize = (
  config: Pick<MarianConfig, 'vocab_size' | 'decoder_vocab_size' | 'share_encoder_decoder_embeddings'>,
): number =>
  config.share_encoder_decoder_embeddings ? config.vocab_size : (config.decoder_vocab_size ?? config.vocab_size);

/** What Transformers' `MarianConfig` takes for a field that a `config.json` leaves out. */
export const marianFileDefaults: Partial<z.input<typeof marianConfig>> = {
  vocab_size: 58101,
  d_model: 1024,
  encoder_layers: 12,
  decoder_layers: 12,
  encoder_attention_heads: 16,
  decoder_attention_heads: 16,
  encoder_ffn_dim: 4096,
  decoder_ffn_dim: 4096,
  activation_function: 'gelu',
  max_position_embeddings: 1024,
  scale_embedding: false,
  pad_token_id: 58100,
  decoder_start_token_id: 58100,
  forced_eos_token_id: 0,
};
