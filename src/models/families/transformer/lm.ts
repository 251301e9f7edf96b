import * as z from 'zod';
import type { PositionSchemes } from '../../../nn/index.ts';
import { transformer } from '../../body/transformer.ts';
import { derived } from '../../derived-field.ts';
import { causalHead } from '../../heads/causal-lm.ts';
import { type LanguageHeadConfig, languageHead } from '../../heads/language-head.ts';
import { causalInputs } from '../../inputs/text-input.ts';
import type { TextTokens } from '../../tokens.ts';
import type { FamilyRow } from '../family-row.ts';
import { mostTokens, schemeFields, type TransformerConfig, tokenId, transformerConfig } from './fields.ts';
import { stackOf, tokenTable } from './stack.ts';

export type TransformerLmConfig = TransformerConfig &
  LanguageHeadConfig & {
    readonly model_type: 'transformer_lm';
    readonly bos_token_id: number | null;
    readonly eos_token_id: number | null;
  };

const own = {
  tie_word_embeddings: z.boolean().default(true).describe('whether the output layer reuses the embedding table'),
  bos_token_id: derived(tokenId.nullable().default(null), 'token that texts start from'),
  eos_token_id: derived(tokenId.nullable().default(null), 'token that ends a text'),
};

const configOf = (schemes: PositionSchemes): z.ZodObject & z.ZodType<TransformerLmConfig> =>
  transformerConfig(
    ['transformer_lm', 'Transformer decoder alone: a language model like GPT'],
    own,
    schemes,
    ({ vocab_size }) => ({
      pad_token_id: ['vocab_size', vocab_size],
      bos_token_id: ['vocab_size', vocab_size],
      eos_token_id: ['vocab_size', vocab_size],
    }),
  );

/**
 * A Transformer decoder without an encoder. Its parameters are under `model`, those of the output layer under
 * `lm_head`.
 *
 * Source: Radford et al. 2018, with Vaswani et al. 2017's choices as fields.
 */
export function transformerLmFamily(schemes: PositionSchemes): FamilyRow<TransformerLmConfig> {
  const tokens = (config: TransformerLmConfig): TextTokens => ({
    vocabulary: config.vocab_size,
    maxTokens: mostTokens(config, schemes) ?? Number.POSITIVE_INFINITY,
    padTokenId: config.pad_token_id,
  });
  return {
    config: configOf(schemes),
    fileDefaults: {},
    neutral: {},
    heads: [causalHead<TransformerLmConfig>('HeddleTransformerLM', languageHead)],
    complete: (config) => ({ ...config, ...schemeFields(config, schemes) }),
    body: (config) =>
      transformer({
        prefix: 'model',
        inputs: causalInputs(tokens(config)),
        maxPositions: mostTokens(config, schemes),
        decoder: stackOf(config, schemes, {
          at: '',
          words: tokenTable(config, 'embed_tokens', config.vocab_size),
          layers: config.num_hidden_layers,
          isCausal: true,
        }),
      }),
    tokens,
    generationDefaults: (config) => ({
      bos_token_id: config.bos_token_id,
      eos_token_id: config.eos_token_id,
      pad_token_id: config.pad_token_id,
    }),
  };
}
