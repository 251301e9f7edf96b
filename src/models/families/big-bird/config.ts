import * as z from 'zod';
import { activations } from '../../../nn/index.ts';
import { derived } from '../../derived-field.ts';
import { type BertConfig, bertConfig, bertOwnFields } from '../bert/config.ts';
import { count } from '../field.ts';

const own = {
  ...bertOwnFields,
  hidden_act: z
    .enum(Object.keys(activations))
    .default('gelu_new')
    .describe('activation of the feed-forward layers, and of the classifier of texts'),
  max_position_embeddings: count.default(4096).describe('maximum number of tokens in a text'),
  attention_type: z
    .enum(['block_sparse', 'original_full'])
    .default('block_sparse')
    .describe(
      'how texts of more than (5 + 2 · num_random_blocks) · block_size tokens are attended to: block by block, or as a whole',
    ),
  block_size: count.default(64).describe('tokens of a block'),
  num_random_blocks: z.int().min(0).default(3).describe('random blocks that a block attends to in training'),
  use_bias: z.boolean().default(true).describe('whether queries, keys and values have a bias'),
  rescale_embeddings: z.boolean().default(false).describe('whether token vectors are multiplied by √hidden_size'),
  sep_token_id: derived(
    z.int().min(0).nullable().default(null),
    'token that ends a question; only question answering reads it',
  ),
};

/** A configuration of BigBird. */
export type BigBirdConfig = BertConfig & z.output<z.ZodObject<Omit<typeof own, 'hidden_act'>>>;

/** BigBird's `config.json`. Defaults are those of Transformers' `BigBirdConfig`. */
export const bigBirdConfig = bertConfig<BigBirdConfig>(
  'big_bird',
  'encoder of Zaheer et al. 2020, as in Transformers',
  own,
);

/** Defaults of Transformers' `BigBirdConfig` for fields that a `config.json` omits and a recipe derives from its data. */
export const bigBirdFileDefaults = { vocab_size: 50358, sep_token_id: 66 };
