import * as z from 'zod';
import { causalMask, type PositionSchemes, placesFrom0, type Scope } from '../../nn/index.ts';
import { attentionSlots, stepPlaces, withPast } from '../body/attention-cache.ts';
import type { StateTensor } from '../body/decoder.ts';
import { runStack, tokenTable, transformerStack } from '../body/stack.ts';
import type { CausalModel } from '../causal.ts';
import { type HeadConfig, languageHead } from '../heads/language-head.ts';
import { derived } from './derived-field.ts';
import type { FamilyRow } from './family-row.ts';
import { mostTokens, schemeFields, tokenId, transformerConfig } from './transformer-fields.ts';

export type TransformerLmConfig = HeadConfig & {
  readonly model_type: 'transformer_lm';
  readonly bos_token_id: number | null;
  readonly eos_token_id: number | null;
};

/**
 * A Transformer decoder without an encoder. Its parameters are under `model`, those of the output layer under
 * `lm_head`.
 *
 * Source: Radford et al. 2018, with Vaswani et al. 2017's choices as fields.
 */
export function transformerLm(config: TransformerLmConfig, schemes: PositionSchemes): CausalModel {
  const layers = config.num_hidden_layers;
  const stack = transformerStack(config, schemes, { layers, isCausal: true });
  const table = (root: Scope) => tokenTable(root.at('model.embed_tokens'), config, config.vocab_size);
  return {
    vocabulary: config.vocab_size,
    maxPositions: mostTokens(config, schemes),
    slots: attentionSlots(layers, stack.block.attention),
    head: (root) => languageHead(root, config, table(root)),
    start: () => ({}),
    hidden(root, { input_ids }) {
      const time = input_ids.shape[1];
      const places = placesFrom0(time);
      return runStack(root.at('model'), stack, {
        ids: input_ids,
        table: table(root),
        mask: causalMask(time),
        places: { query: places, key: places },
      });
    },
    step(root, state, step) {
      const next: Record<string, StateTensor> = { ...state };
      const hidden = runStack(root.at('model'), stack, {
        ids: step.tokens,
        table: table(root),
        mask: step.visible,
        places: stepPlaces(step),
        context: (layer) => ({ selfKeyValue: withPast(state, next, layer) }),
      });
      return { hidden, state: next };
    },
  };
}

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

/** The language model's row in the table of families. */
export const transformerLmFamily = (schemes: PositionSchemes): FamilyRow<TransformerLmConfig, 'causal'> => ({
  role: 'causal',
  config: configOf(schemes),
  fileDefaults: {},
  idleFields: [],
  setup: (config) => ({
    config: { ...config, ...schemeFields(config, schemes) },
    model: transformerLm(config, schemes),
    tokens: {
      vocabulary: config.vocab_size,
      maxTokens: mostTokens(config, schemes) ?? Number.POSITIVE_INFINITY,
      padTokenId: config.pad_token_id,
    },
    architecture: 'HeddleTransformerLM',
    checkpoint: {},
    copies: new Map(),
    generationDefaults: {
      bos_token_id: config.bos_token_id,
      eos_token_id: config.eos_token_id,
      pad_token_id: config.pad_token_id,
    },
  }),
});
