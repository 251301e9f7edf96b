import type * as z from 'zod';
import { derived } from '../../derived-field.ts';
import { type BertConfig, bertConfig, bertOwnFields } from '../bert/config.ts';
import { count, refusing, tokenId } from '../field.ts';

/** A configuration of RoBERTa: BERT's, but texts are always padded with a token that also counts positions. */
export type RobertaConfig = BertConfig & { readonly pad_token_id: number };

const ownFields = {
  ...bertOwnFields,
  max_position_embeddings: count
    .default(512)
    .describe('rows of the position table: the maximum number of tokens in a text + pad_token_id + 1'),
  pad_token_id: derived(tokenId.default(1), 'token that pads short texts; positions count from the next number'),
};

/** Most tokens of a text: the first pad_token_id + 1 rows of the position table are not for text. */
export const robertaLength = (config: RobertaConfig): number =>
  config.max_position_embeddings - config.pad_token_id - 1;

/** The schema of a `config.json` like RoBERTa's, with its `model_type`. Defaults are those of Transformers' `RobertaConfig`. */
export const robertaConfig = (modelType: string, about: string): z.ZodObject & z.ZodType<RobertaConfig> =>
  bertConfig<RobertaConfig>(modelType, about, ownFields).superRefine((config: RobertaConfig, context) => {
    if (robertaLength(config) >= 1) return;
    refusing(config, context)('max_position_embeddings', `at least pad_token_id + 2 = ${config.pad_token_id + 2}`);
  });
