import * as z from 'zod';
import { derived } from '../../derived-field.ts';

const tokenId = z.int().min(0).nullable().default(null);

/** The fields of every language model that name its tokens. */
export const causalTokenFields = {
  bos_token_id: derived(tokenId, 'token that texts start from'),
  eos_token_id: derived(tokenId, 'token that ends a text'),
};

export type CausalTokenFields = z.output<z.ZodObject<typeof causalTokenFields>>;

/** What a language model's own `generation_config.json` starts from. */
export const causalGeneration = (config: CausalTokenFields & { readonly pad_token_id: number }) => ({
  bos_token_id: config.bos_token_id,
  eos_token_id: config.eos_token_id,
  pad_token_id: config.pad_token_id,
});
