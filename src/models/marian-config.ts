import { z } from 'zod';
import { activations } from '../nn/index.ts';
import { derived } from './derived-field.ts';

const count = z.int().min(1);
/** More layers than any model has: tracing them would take all memory before a checkpoint could disagree. */
const layers = z.int().min(0).max(1000);
/** Numbers in a table of positions; it is a constant of the graph, and an ONNX file holds less than 2 GiB. */
const largestTable = 2 ** 28;
const tokenId = z.int().min(0);
const rate = z.number().min(0).lt(1);

const fields = {
  model_type: z
    .literal('marian')
    .describe('encoder–decoder of Vaswani et al. 2017, as Marian and Transformers have it'),
  vocab_size: derived(count, 'tokens of the vocabulary, of the source’s where each side has its own'),
  decoder_vocab_size: derived(count.nullish(), 'tokens of the target’s vocabulary where each side has its own'),
  d_model: count.default(512).describe('width of a token’s vector'),
  encoder_layers: layers.default(6).describe('blocks of the encoder'),
  decoder_layers: layers.default(6).describe('blocks of the decoder'),
  encoder_attention_heads: count.default(8).describe('heads of the encoder’s attention; a divisor of d_model'),
  decoder_attention_heads: count.default(8).describe('heads of the decoder’s attention; a divisor of d_model'),
  encoder_ffn_dim: count.default(2048).describe('width between the encoder’s two feed-forward maps'),
  decoder_ffn_dim: count.default(2048).describe('width between the decoder’s two feed-forward maps'),
  activation_function: z.enum(Object.keys(activations)).default('relu').describe('between the two feed-forward maps'),
  dropout: rate.default(0.1).describe('of embeddings and of every sublayer'),
  attention_dropout: rate.default(0).describe('of attention weights'),
  activation_dropout: rate.default(0).describe('after activation_function'),
  max_position_embeddings: count.default(512).describe('tokens of a source or a target at most'),
  init_std: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  scale_embedding: z.boolean().default(true).describe('embeddings times √d_model'),
  normalize_before: z
    .literal(false)
    .optional()
    .describe('normalisation after each sublayer; Transformers reads no other'),
  normalize_embedding: z
    .literal(false)
    .optional()
    .describe('no normalisation of embeddings; Transformers reads no other'),
  static_position_embeddings: z.literal(true).optional().describe('sinusoidal positions; Transformers reads no other'),
  encoder_layerdrop: z.literal(0).optional().describe('no block of the encoder is left out in training'),
  decoder_layerdrop: z.literal(0).optional().describe('no block of the decoder is left out in training'),
  share_encoder_decoder_embeddings: z
    .boolean()
    .default(true)
    .describe('one table for both sides; follows tokenizer.shared'),
  tie_word_embeddings: z.boolean().default(true).describe('the output layer is the decoder’s embedding table'),
  pad_token_id: derived(tokenId, 'the token that fills short texts up'),
  eos_token_id: derived(tokenId.default(0), 'the token that ends a text'),
  decoder_start_token_id: derived(tokenId, 'the token that every target begins after'),
  forced_eos_token_id: derived(tokenId.nullable().default(null), 'last token where a result is as long as may be'),
  is_encoder_decoder: z.literal(true).optional().describe('an encoder and a decoder'),
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
