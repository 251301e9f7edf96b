import * as z from 'zod';
import { activations } from '../../../nn/index.ts';
import { derived } from '../../derived-field.ts';
import { count, layers, rate, refusing, tokenId } from '../field.ts';

/** The activation of the feed-forward layers, and whether it is that of a gate. */
export interface Activation {
  readonly name: string;
  readonly isGated: boolean;
}

const gated = 'gated-';

/** Source: transformers 5.24.0 configuration_t5.py, where `gated-gelu` alone means GELU's approximation. */
export function activationOf(feedForward: string): Activation {
  if (!feedForward.startsWith(gated)) return { name: feedForward, isGated: false };
  const name = feedForward.slice(gated.length);
  return { name: name === 'gelu' ? 'gelu_new' : name, isGated: true };
}

const plain = Object.keys(activations);

const fields = {
  model_type: z.literal('t5').describe('encoder–decoder of Raffel et al. 2020, T5 1.0 and 1.1, as in Transformers'),
  vocab_size: derived(count, 'size of the vocabulary'),
  d_model: count.default(512).describe('width of token vectors'),
  d_kv: count.default(64).describe('width of a head’s queries, keys and values; need not be d_model / num_heads'),
  d_ff: count.default(2048).describe('hidden width of the feed-forward layers'),
  num_layers: layers.default(6).describe('number of encoder blocks'),
  num_decoder_layers: layers.nullable().default(null).describe('number of decoder blocks; null means num_layers'),
  num_heads: count.default(8).describe('attention heads'),
  relative_attention_num_buckets: z.int().min(4).default(32).describe('number of distance buckets'),
  relative_attention_max_distance: z
    .int()
    .min(1)
    .max(2 ** 20)
    .default(128)
    .describe('distance from which all are in the last bucket'),
  dropout_rate: rate
    .default(0.1)
    .describe('dropout of embeddings, of attention weights, inside and after every sublayer, and of the output'),
  classifier_dropout: rate.default(0).describe('dropout of what a classifier reads'),
  layer_norm_epsilon: z.number().positive().default(1e-6).describe('added to the mean square in a norm’s denominator'),
  initializer_factor: z
    .number()
    .positive()
    .default(1)
    .describe('multiplies initial weights, whose standard deviation depends on the width of what a layer reads'),
  feed_forward_proj: z
    .enum([...plain, ...plain.map((name) => `${gated}${name}`)])
    .default('relu')
    .describe(
      'activation of the feed-forward layers, relu in T5 1.0; gated-gelu, the gate of T5 1.1, is gated-gelu_new',
    ),
  dense_act_fn: derived(z.string().optional(), 'follows from feed_forward_proj'),
  is_gated_act: derived(z.boolean().optional(), 'follows from feed_forward_proj'),
  tie_word_embeddings: z
    .boolean()
    .default(true)
    .describe('whether the output layer reuses the embedding table; of a folder, its weights decide'),
  scale_decoder_outputs: z
    .boolean()
    .optional()
    .describe('whether the output layer reads vectors divided by √d_model; by default as tie_word_embeddings says'),
  pad_token_id: derived(tokenId.default(0), 'token that pads short texts'),
  eos_token_id: derived(tokenId.default(1), 'token that ends a text'),
  decoder_start_token_id: derived(tokenId.optional(), 'token that the decoder starts from; by default pad_token_id'),
};

/** T5's `config.json`, field by field as Transformers 5.24 names them. */
export const t5Config = z.strictObject(fields).superRefine((config, context) => {
  const wrong = refusing(config, context);
  const { relative_attention_num_buckets: buckets, feed_forward_proj: feedForward, vocab_size: size } = config;
  // The decoder has all buckets on one side; half of them are for single distances.
  const exact = Math.floor(buckets / 2);
  if (config.relative_attention_max_distance <= exact) {
    wrong('relative_attention_max_distance', `a distance above ${exact}, half of relative_attention_num_buckets`);
  }
  const { name, isGated } = activationOf(feedForward);
  const meaning = `which feed_forward_proj ${feedForward} means`;
  if ((config.dense_act_fn ?? name) !== name) wrong('dense_act_fn', `${name}, ${meaning}`);
  if ((config.is_gated_act ?? isGated) !== isGated) wrong('is_gated_act', `${isGated}, ${meaning}`);
  for (const field of ['pad_token_id', 'eos_token_id', 'decoder_start_token_id'] as const) {
    if ((config[field] ?? 0) >= size) wrong(field, `a token id below vocab_size ${size}`);
  }
});

export type T5Config = z.output<typeof t5Config>;

/** Defaults of Transformers' `T5Config` for fields that a `config.json` omits and a recipe derives from its data. */
export const t5FileDefaults = { vocab_size: 32128 };
