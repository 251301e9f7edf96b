import type * as z from 'zod';
import type { PositionSchemes } from '../../../nn/index.ts';
import { transformer } from '../../body/transformer.ts';
import { baseHead } from '../../heads/base.ts';
import { sequenceClassificationHead } from '../../heads/sequence-classification.ts';
import { tokenClassificationHead } from '../../heads/token-classification.ts';
import { textInputs } from '../../inputs/text-input.ts';
import { textTokens } from '../../tokens.ts';
import { encoderFiles } from '../encoder-files.ts';
import type { FamilyRow } from '../family-row.ts';
import { mostTokens, schemeFields, type TransformerConfig, transformerConfig } from './fields.ts';
import { stackOf, tokenTable } from './stack.ts';

export type TransformerEncoderConfig = TransformerConfig & {
  readonly model_type: 'transformer_encoder';
};

const configOf = (schemes: PositionSchemes): z.ZodObject & z.ZodType<TransformerEncoderConfig> =>
  transformerConfig(
    ['transformer_encoder', 'Transformer encoder, which reads in both directions'],
    {},
    schemes,
    ({ vocab_size }) => ({
      pad_token_id: ['vocab_size', vocab_size],
    }),
  );

/** A Transformer that reads in both directions. Its parameters are under `model`. Source: Vaswani et al. 2017. */
export function transformerEncoderFamily(schemes: PositionSchemes): FamilyRow<TransformerEncoderConfig> {
  const tokens = (config: TransformerEncoderConfig) => textTokens(config, mostTokens(config, schemes));
  return {
    config: configOf(schemes),
    fileDefaults: {},
    neutral: {},
    heads: [
      baseHead('HeddleTransformerEncoder'),
      sequenceClassificationHead('HeddleTransformerEncoderForSequenceClassification'),
      tokenClassificationHead('HeddleTransformerEncoderForTokenClassification'),
    ],
    complete: (config) => ({ ...config, ...schemeFields(config, schemes) }),
    body: (config) =>
      transformer({
        prefix: 'model',
        inputs: textInputs(tokens(config)),
        maxPositions: mostTokens(config, schemes),
        encoder: stackOf(config, schemes, {
          at: '',
          words: tokenTable(config, 'embed_tokens', config.vocab_size),
          layers: config.num_hidden_layers,
          isCausal: false,
        }),
      }),
    tokens,
    files: encoderFiles,
  };
}
