import * as z from 'zod';
import { derived } from '../../derived-field.ts';
import { activation, count, layers, rate, refusing, tokenId } from '../field.ts';

const fields = {
  model_type: z.string(),
  vocab_size: derived(count, 'size of the vocabulary'),
  hidden_size: count.default(768).describe('width of token vectors'),
  num_hidden_layers: layers.default(12).describe('number of blocks'),
  num_attention_heads: count.default(12).describe('attention heads; must divide hidden_size'),
  intermediate_size: count.default(3072).describe('hidden width of the feed-forward layers'),
  hidden_act: activation.default('gelu').describe('activation of the feed-forward layers'),
  hidden_dropout_prob: rate.default(0.1).describe('dropout of embeddings and of every sublayer'),
  attention_probs_dropout_prob: rate.default(0.1).describe('dropout of attention weights'),
  max_position_embeddings: count.default(512).describe('maximum number of tokens in a text'),
  type_vocab_size: count.default(2).describe('number of token types: which of two texts a token belongs to'),
  initializer_range: z.number().positive().default(0.02).describe('standard deviation of initial weights'),
  layer_norm_eps: z.number().positive().default(1e-12).describe('added to the variance in a norm’s denominator'),
  tie_word_embeddings: z
    .boolean()
    .default(true)
    .describe('whether the output layer of masked tokens reuses the embedding table'),
  pad_token_id: derived(tokenId.nullable().default(0), 'token that pads short texts'),
};

/** The fields of BERT's `config.json` and of those of its relatives, as Transformers 5.24 names them. */
const bertFields = z.strictObject(fields);

/** A configuration of BERT or of a relative; relatives without `classifier_dropout` have no such field. */
export type BertConfig = z.output<typeof bertFields> & { readonly classifier_dropout?: number | null };

/** What BERT's configuration has and not every relative. */
export const bertOwnFields = {
  classifier_dropout: rate
    .nullable()
    .default(null)
    .describe('dropout of what a classifier reads; null means hidden_dropout_prob'),
};

/**
 * The schema of a `config.json` like BERT's, with its `model_type` and fields of its `own`. Defaults are those of
 * Transformers' `BertConfig`.
 */
export function bertConfig<C extends BertConfig = BertConfig>(
  modelType: string,
  about: string,
  own: z.ZodRawShape = {},
): z.ZodObject & z.ZodType<C> {
  // Only here do the fields in `own`, which the type checker cannot follow, become those of C.
  const form = bertFields.extend({
    ...own,
    model_type: z.literal(modelType).describe(about),
  }) as z.ZodObject as z.ZodObject & z.ZodType<C>;
  return form.superRefine((config: C, context) => {
    const wrong = refusing<BertConfig>(config, context);
    const { hidden_size: width, vocab_size: size, pad_token_id: padding } = config;
    if (width % config.num_attention_heads !== 0) wrong('num_attention_heads', `a divisor of hidden_size ${width}`);
    if (padding !== null && padding >= size) wrong('pad_token_id', `a token id below vocab_size ${size}`);
  });
}

/** Defaults of Transformers' `BertConfig` for fields that a `config.json` omits and a recipe derives from its data. */
export const bertFileDefaults = { vocab_size: 30522 };
