import * as z from 'zod';
import { derived } from '../../derived-field.ts';
import { activation, count, layers, rate, refusing, tokenId } from '../field.ts';

const specialToken = tokenId.nullable().default(null);

const fields = {
  model_type: z.literal('gpt2').describe('decoder of Radford et al. 2019, as in Transformers'),
  vocab_size: derived(count, 'size of the vocabulary'),
  n_positions: count.default(1024).describe('maximum number of tokens in a text'),
  n_embd: count.default(768).describe('width of token vectors'),
  n_layer: layers.default(12).describe('number of blocks'),
  n_head: count.default(12).describe('attention heads; must divide n_embd'),
  n_inner: count.nullable().default(null).describe('hidden width of the feed-forward layers; null means 4 · n_embd'),
  activation_function: activation.default('gelu_new').describe('activation of the feed-forward layers'),
  resid_pdrop: rate.default(0.1).describe('dropout of every sublayer'),
  embd_pdrop: rate.default(0.1).describe('dropout of embeddings'),
  attn_pdrop: rate.default(0.1).describe('dropout of attention weights'),
  classifier_dropout: rate
    .nullable()
    .default(null)
    .describe('dropout of what the output layer of a tagger reads; null means 0.1'),
  layer_norm_epsilon: z.number().positive().default(1e-5).describe('added to the variance in a norm’s denominator'),
  initializer_range: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  scale_attn_weights: z.boolean().default(true).describe('whether scores are divided by the root of a head’s width'),
  scale_attn_by_inverse_layer_idx: z
    .boolean()
    .default(false)
    .describe('whether scores are also divided by the number of the layer, from 1'),
  tie_word_embeddings: z.boolean().default(true).describe('whether the output layer reuses the embedding table'),
  bos_token_id: derived(specialToken, 'token that texts start from'),
  eos_token_id: derived(specialToken, 'token that ends a text'),
  pad_token_id: derived(specialToken, 'token that pads short texts'),
};

/** GPT-2's `config.json`, field by field as Transformers 5.24 names them. */
export const gpt2Config = z.strictObject(fields).superRefine((config, context) => {
  const wrong = refusing(config, context);
  const { n_embd: width, vocab_size: size } = config;
  if (width % config.n_head !== 0) wrong('n_head', `a divisor of n_embd ${width}`);
  for (const field of ['bos_token_id', 'eos_token_id', 'pad_token_id'] as const) {
    if ((config[field] ?? 0) >= size) wrong(field, `a token id below vocab_size ${size}`);
  }
});

export type Gpt2Config = z.output<typeof gpt2Config>;

/** Defaults of Transformers' `GPT2Config` for fields that a `config.json` omits and a recipe derives from its data. */
export const gpt2FileDefaults = { vocab_size: 50257, bos_token_id: 50256, eos_token_id: 50256 };
