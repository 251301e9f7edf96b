import * as z from 'zod';
import { derived } from '../../derived-field.ts';
import { vocabularyFields } from '../../heads/fields/sequence-fields.ts';
import { bartFields, checkBart, largeDefaults } from '../bart/fields.ts';

const fields = {
  model_type: z.literal('marian').describe('encoder–decoder of Vaswani et al. 2017, as in Marian and Transformers'),
  vocab_size: derived(z.int().min(1), 'size of the vocabulary, or of the source’s if each side has its own'),
  decoder_vocab_size: vocabularyFields.decoder_vocab_size,
  ...bartFields({
    d_model: 512,
    layers: 6,
    heads: 8,
    ffn_dim: 2048,
    activation_function: 'relu',
    max_position_embeddings: 512,
    scale_embedding: true,
  }),
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
  share_encoder_decoder_embeddings: vocabularyFields.share_encoder_decoder_embeddings,
};

/**
 * Marian's `config.json`, field by field as Transformers names them. Defaults are the base Transformer of 2017, for
 * recipes; for a field that a file omits, see {@link marianFileDefaults}.
 *
 * Post-norm and sinusoidal positions are fixed: Transformers never reads `normalize_before` or
 * `static_position_embeddings`, so other values are an error.
 */
export const marianConfig = z.strictObject(fields).superRefine(checkBart);

const { layers, heads, ffn_dim, ...defaults } = largeDefaults;

/** Defaults of Transformers' `MarianConfig` for fields that a `config.json` omits. */
export const marianFileDefaults: Partial<z.input<typeof marianConfig>> = {
  ...defaults,
  vocab_size: 58101,
  encoder_layers: layers,
  decoder_layers: layers,
  encoder_attention_heads: heads,
  decoder_attention_heads: heads,
  encoder_ffn_dim: ffn_dim,
  decoder_ffn_dim: ffn_dim,
  pad_token_id: 58100,
  decoder_start_token_id: 58100,
  forced_eos_token_id: 0,
};
