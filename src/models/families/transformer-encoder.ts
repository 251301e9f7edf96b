import type * as z from 'zod';
import type { Tensor } from '../../graph/index.ts';
import { type PositionSchemes, paddingMask, placesFrom0, type Scope } from '../../nn/index.ts';
import { runStack, tokenTable, transformerStack } from '../body/stack.ts';
import type { EncoderModel } from '../encoder.ts';
import type { FamilyRow } from './family-row.ts';
import { mostTokens, schemeFields, type TransformerConfig, transformerConfig } from './transformer-fields.ts';

export type TransformerEncoderConfig = TransformerConfig & {
  readonly model_type: 'transformer_encoder';
};

/** A Transformer that reads in both directions. Its parameters are under `model`. Source: Vaswani et al. 2017. */
export function transformerEncoder(config: TransformerEncoderConfig, schemes: PositionSchemes): EncoderModel {
  const stack = transformerStack(config, schemes, { layers: config.num_hidden_layers, isCausal: false });
  const table = (root: Scope): Tensor => tokenTable(root.at('model.embed_tokens'), config, config.vocab_size);
  return {
    vocabulary: config.vocab_size,
    table,
    maxPositions: mostTokens(config, schemes),
    width: config.hidden_size,
    hidden(root, { input_ids, attention_mask }) {
      const scope = root.at('model');
      const places = placesFrom0(input_ids.shape[1]);
      return runStack(scope, stack, {
        ids: input_ids,
        table: table(root),
        mask: paddingMask(attention_mask),
        places: { query: places, key: places },
      });
    },
  };
}

const configOf = (schemes: PositionSchemes): z.ZodObject & z.ZodType<TransformerEncoderConfig> =>
  transformerConfig(
    ['transformer_encoder', 'Transformer encoder, which reads in both directions'],
    {},
    schemes,
    ({ vocab_size }) => ({
      pad_token_id: ['vocab_size', vocab_size],
    }),
  );

/** The encoder's row in the table of families. */
export const transformerEncoderFamily = (schemes: PositionSchemes): FamilyRow<TransformerEncoderConfig, 'encoder'> => ({
  role: 'encoder',
  config: configOf(schemes),
  fileDefaults: {},
  idleFields: [],
  setup: (config) => ({
    config: { ...config, ...schemeFields(config, schemes) },
    model: transformerEncoder(config, schemes),
    tokens: {
      vocabulary: config.vocab_size,
      maxTokens: mostTokens(config, schemes) ?? Number.POSITIVE_INFINITY,
      padTokenId: config.pad_token_id,
    },
    architecture: 'HeddleTransformerEncoder',
    checkpoint: {},
    copies: new Map(),
    generationDefaults: {},
  }),
});
