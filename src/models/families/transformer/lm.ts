import * as z from 'zod';
import type { PositionSchemes } from '../../../nn/index.ts';
import { transformer } from '../../body/transformer.ts';
import { causalHead } from '../../heads/causal-lm.ts';
import { type CausalTokenFields, causalGeneration, causalTokenFields } from '../../heads/fields/causal-fields.ts';
import { type LanguageHeadConfig, languageHead } from '../../heads/layers/language-head.ts';
import { causalInputs } from '../../inputs/text-input.ts';
import { textTokens } from '../../tokens.ts';
import type { FamilyRow } from '../family-row.ts';
import { mostTokens, schemeFields, type TransformerConfig, transformerConfig } from './fields.ts';
import { stackOf, tokenTable } from './stack.ts';

export type TransformerLmConfig = TransformerConfig &
  LanguageHeadConfig &
  CausalTokenFields & {
    readonly model_type: 'transformer_lm';
  };

const own = {
  tie_word_embeddings: z.boolean().default(true).describe('whether the output layer reuses the embedding table'),
  ...causalTokenFields,
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
  const tokens = (config: TransformerLmConfig) => textTokens(config, mostTokens(config, schemes));
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
    generationDefaults: causalGeneration,
  };
}
