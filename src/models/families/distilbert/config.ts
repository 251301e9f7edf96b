import * as z from 'zod';
import { derived } from '../../derived-field.ts';
import { activation, count, layers, rate, refusing, tokenId } from '../field.ts';

const fields = {
  model_type: z.literal('distilbert').describe('encoder of Sanh et al. 2019, as in Transformers'),
  vocab_size: derived(count, 'size of the vocabulary'),
  max_position_embeddings: count.default(512).describe('maximum number of tokens in a text'),
  sinusoidal_pos_embds: z
    .boolean()
    .default(false)
    .describe('whether the position table begins with sines and cosines; it is trained either way'),
  n_layers: layers.default(6).describe('number of blocks'),
  n_heads: count.default(12).describe('attention heads; must divide dim'),
  dim: count.default(768).describe('width of token vectors'),
  hidden_dim: count.default(3072).describe('hidden width of the feed-forward layers'),
  dropout: rate.default(0.1).describe('dropout of embeddings, of feed-forward layers and of what a tagger reads'),
  attention_dropout: rate.default(0.1).describe('dropout of attention weights'),
  activation: activation.default('gelu').describe('activation of the feed-forward layers'),
  initializer_range: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  qa_dropout: rate.default(0.1).describe('dropout of what the output layer of a question-answering model reads'),
  seq_classif_dropout: rate.default(0.2).describe('dropout of what the output layer of a classifier of texts reads'),
  tie_word_embeddings: z
    .boolean()
    .default(true)
    .describe('whether the output layer of masked tokens reuses the embedding table'),
  pad_token_id: derived(tokenId.nullable().default(0), 'token that pads short texts'),
};

/** DistilBERT's `config.json`, field by field as Transformers 5.24 names them. */
export const distilbertConfig = z.strictObject(fields).superRefine((config, context) => {
  const wrong = refusing(config, context);
  const { dim, n_heads: heads, vocab_size: size, pad_token_id: padding } = config;
  if (dim % heads !== 0) wrong('n_heads', `a divisor of dim ${dim}`);
  if (padding !== null && padding >= size) wrong('pad_token_id', `a token id below vocab_size ${size}`);
});

export type DistilbertConfig = z.output<typeof distilbertConfig>;

/** Defaults of Transformers' `DistilBertConfig` for fields that a `config.json` omits and a recipe derives from its data. */
export const distilbertFileDefaults = { vocab_size: 30522 };
