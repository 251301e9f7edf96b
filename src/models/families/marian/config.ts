import * as z from 'zod';
import { activations } from '../../../nn/index.ts';
import { derived } from '../../derived-field.ts';
import { targetLimit, targetTokenFields, vocabularyFields } from '../../heads/sequence-fields.ts';

const count = z.int().min(1);
/** More layers than any model has; tracing more would use up the memory before the checkpoint is compared. */
const layers = z.int().min(0).max(1000);
/** Limit on the numbers in a position table: it is a constant of the graph, and an ONNX file must stay below 2 GiB. */
const largestTable = 2 ** 28;
const tokenId = z.int().min(0);
const rate = z.number().min(0).lt(1);

const fields = {
  model_type: z.literal('marian').describe('encoder–decoder of Vaswani et al. 2017, as in Marian and Transformers'),
  vocab_size: derived(count, 'size of the vocabulary, or of the source’s if each side has its own'),
  decoder_vocab_size: vocabularyFields.decoder_vocab_size,
  d_model: count.default(512).describe('width of token vectors'),
  encoder_layers: layers.default(6).describe('number of encoder blocks'),
  decoder_layers: layers.default(6).describe('number of decoder blocks'),
  encoder_attention_heads: count.default(8).describe('attention heads of the encoder; must divide d_model'),
  decoder_attention_heads: count.default(8).describe('attention heads of the decoder; must divide d_model'),
  encoder_ffn_dim: count.default(2048).describe('hidden width of the encoder’s feed-forward layers'),
  decoder_ffn_dim: count.default(2048).describe('hidden width of the decoder’s feed-forward layers'),
  activation_function: z
    .enum(Object.keys(activations))
    .default('relu')
    .describe('activation of the feed-forward layers'),
  dropout: rate.default(0.1).describe('dropout of embeddings and of every sublayer'),
  attention_dropout: rate.default(0).describe('dropout of attention weights'),
  activation_dropout: rate.default(0).describe('dropout after activation_function'),
  max_position_embeddings: count.default(512).describe('maximum number of tokens in a source or a target'),
  init_std: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  scale_embedding: z.boolean().default(true).describe('whether embeddings are multiplied by √d_model'),
  normalize_before: z
    .literal(false)
    .optional()
    .describe('normalisation after each sublayer; Transformers supports nothing else'),
  normalize_embedding: z
    .literal(false)
    .optional()
    .describe('no normalisation of embeddings; Transformers supports nothing else'),
  static_position_embeddings: z
    .literal(true)
    .optional()
    .describe('sinusoidal positions; Transformers supports nothing else'),
  encoder_layerdrop: z.literal(0).optional().describe('training never skips encoder blocks'),
  decoder_layerdrop: z.literal(0).optional().describe('training never skips decoder blocks'),
  share_encoder_decoder_embeddings: vocabularyFields.share_encoder_decoder_embeddings,
  tie_word_embeddings: z
    .boolean()
    .default(true)
    .describe('whether the output layer reuses the decoder’s embedding table'),
  pad_token_id: derived(tokenId, 'token that pads short texts'),
  ...targetTokenFields,
  is_encoder_decoder: z.literal(true).optional().describe('an encoder and a decoder'),
};

/**
 * Marian's `config.json`, field by field as Transformers names them. Defaults are the base Transformer of 2017, for
 * recipes; for a field that a file omits, see {@link marianFileDefaults}.
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
  const [sizeName, size] = targetLimit(config);
  for (const field of ['pad_token_id', 'eos_token_id', 'decoder_start_token_id', 'forced_eos_token_id'] as const) {
    const id = config[field];
    if (id !== null && id >= size) wrong(field, `a token id below ${sizeName} ${size}`);
  }
  if (config.pad_token_id >= config.vocab_size && size !== config.vocab_size) {
    wrong('pad_token_id', `a token id below vocab_size ${config.vocab_size}`);
  }
});

export type MarianConfig = z.output<typeof marianConfig>;

/** Defaults of Transformers' `MarianConfig` for fields that a `config.json` omits. */
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
