import { type BertConfig, bertConfig } from '../bert/config.ts';
import { activation, count, layers, mostLayers, rate, refusing } from '../field.ts';

/** A configuration of ALBERT: BERT's, but embeddings are narrower than blocks, and blocks share their weights by groups. */
export interface AlbertConfig extends BertConfig {
  readonly embedding_size: number;
  readonly num_hidden_groups: number;
  readonly inner_group_num: number;
  readonly classifier_dropout_prob: number;
}

const ownFields = {
  embedding_size: count.default(128).describe('width of the embeddings; a layer maps it to hidden_size'),
  hidden_size: count.default(4096).describe('width of token vectors'),
  num_hidden_layers: layers.default(12).describe('how often a group of blocks is applied'),
  num_hidden_groups: count.default(1).describe('number of groups with weights of their own; at most num_hidden_layers'),
  inner_group_num: count.default(1).describe('number of blocks in a group'),
  num_attention_heads: count.default(64).describe('attention heads; must divide hidden_size'),
  intermediate_size: count.default(16384).describe('hidden width of the feed-forward layers'),
  hidden_act: activation.default('gelu_new').describe('activation of the feed-forward layers'),
  hidden_dropout_prob: rate.default(0).describe('dropout of embeddings and of attention’s output'),
  attention_probs_dropout_prob: rate.default(0).describe('dropout of attention weights'),
  classifier_dropout_prob: rate.default(0.1).describe('dropout of what a classifier reads'),
};

/** ALBERT's `config.json`. Defaults are those of Transformers' `AlbertConfig`. */
export const albertConfig = bertConfig<AlbertConfig>(
  'albert',
  'encoder of Lan et al. 2020, as in Transformers',
  ownFields,
).superRefine((config: AlbertConfig, context) => {
  const { num_hidden_layers: applied, num_hidden_groups: groups, inner_group_num: inner } = config;
  const wrong = refusing(config, context);
  if (groups > applied) wrong('num_hidden_groups', `at most num_hidden_layers ${applied}`);
  if (applied * inner > mostLayers) wrong('inner_group_num', `at most ${Math.floor(mostLayers / applied)}`);
});

/** Defaults of Transformers' `AlbertConfig` for fields that a `config.json` omits and a recipe derives from its data. */
export const albertFileDefaults = { vocab_size: 30000 };
