import { type BertConfig, bertConfig, bertOwnFields } from '../bert/config.ts';
import { count } from '../field.ts';

/** A configuration of ELECTRA: BERT's, but the embeddings may be narrower than the blocks. */
export type ElectraConfig = BertConfig & { readonly embedding_size: number };

const ownFields = {
  ...bertOwnFields,
  embedding_size: count.default(128).describe('width of the embeddings; a layer maps it to hidden_size if they differ'),
  hidden_size: count.default(256).describe('width of token vectors'),
  num_attention_heads: count.default(4).describe('attention heads; must divide hidden_size'),
  intermediate_size: count.default(1024).describe('hidden width of the feed-forward layers'),
};

/** ELECTRA's `config.json`. Defaults are those of Transformers' `ElectraConfig`. */
export const electraConfig = bertConfig<ElectraConfig>(
  'electra',
  'encoder of Clark et al. 2020, as in Transformers',
  ownFields,
);
