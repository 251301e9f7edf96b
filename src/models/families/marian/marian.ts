import { reshape } from '../../../graph/index.ts';
import { type BlockConfig, normal, normalWithPadding, type Scope, sinusoids, zeros } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import type { StackSpec, TableSpec } from '../../body/transformer-spec.ts';
import { sequenceGeneration, sequenceTokens, targetSize } from '../../heads/sequence-fields.ts';
import { sequenceHead } from '../../heads/sequence-lm.ts';
import type { OutputLayer } from '../../heads/token-term.ts';
import { sequenceInputs } from '../../inputs/text-input.ts';
import type { TokenRange } from '../../tokens.ts';
import type { FamilyRow } from '../family-row.ts';
import { type MarianConfig, marianConfig, marianFileDefaults } from './config.ts';

type Side = 'encoder' | 'decoder';

function blockOf(config: MarianConfig, side: Side): BlockConfig {
  const shared = { width: config.d_model, weightInitializer: normal(0, config.init_std), biasInitializer: zeros };
  return {
    attention: { ...shared, heads: config[`${side}_attention_heads`], dropout: config.attention_dropout },
    feedForward: {
      ...shared,
      innerWidth: config[`${side}_ffn_dim`],
      activation: config.activation_function,
      dropout: config.activation_dropout,
    },
    normPlace: 'post',
    dropout: config.dropout,
  };
}

/** The embedding table of one side, tied or its own. [V, D]. */
const tableOf = (config: MarianConfig, side: Side): TableSpec => ({
  at: config.share_encoder_decoder_embeddings ? 'shared' : `${side}.embed_tokens`,
  rows: side === 'decoder' ? targetSize(config) : config.vocab_size,
  width: config.d_model,
  initializer: normalWithPadding(config.init_std, config.pad_token_id),
});

function stackOf(config: MarianConfig, side: Side): StackSpec {
  const { d_model: width, pad_token_id: padRow } = config;
  const scale = config.scale_embedding ? Math.sqrt(width) : 1;
  return {
    at: side,
    embed: [
      { words: tableOf(config, side), scale, padRow },
      { positions: sinusoids(config.max_position_embeddings, width) },
      { drop: config.dropout, at: side },
    ],
    layers: config[`${side}_layers`],
    layer: (index) => `layers.${index}`,
    block: () => blockOf(config, side),
    prefix: `${side}_`,
  };
}

const tokensOf = (config: MarianConfig): TokenRange => sequenceTokens(config, config.max_position_embeddings);

/** The output layer: tied to the decoder's table or separate; the bias is saved but not trained. */
const outputOf = (config: MarianConfig, body: Body): OutputLayer => ({
  head(root: Scope) {
    const tied = body.table(root);
    const [rows, width] = tied.shape as readonly number[];
    const weight = config.tie_word_embeddings
      ? tied
      : root.at('lm_head').parameter('weight', [rows, width], normal(0, config.init_std), { part: 'head' });
    const bias = root.parameter('final_logits_bias', [1, rows], zeros, { part: 'buffer' });
    return { weight, bias: reshape(bias, { shape: [rows] }) };
  },
});

/**
 * Marian, the encoder–decoder Transformer of 2017 as a configuration: post-norm, sinusoidal positions, scaled and tied
 * embeddings. Parameters have the names of Transformers' `MarianMTModel`.
 *
 * Source: Vaswani et al. 2017; Junczys-Dowmunt et al. 2018.
 */
export const marianFamily: FamilyRow<MarianConfig> = {
  config: marianConfig,
  fileDefaults: marianFileDefaults,
  neutral: {
    add_bias_logits: { only: [false], why: 'Transformers never reads it' },
    add_final_layer_norm: { only: [false], why: 'Transformers never reads it' },
    classif_dropout: 'any',
    classifier_dropout: 'any',
    extra_pos_embeddings: 'any',
    num_hidden_layers: 'any',
  },
  heads: [sequenceHead('MarianMTModel', outputOf)],
  body: (config) =>
    transformer({
      prefix: 'model',
      inputs: sequenceInputs(tokensOf(config)),
      maxPositions: config.max_position_embeddings,
      encoder: stackOf(config, 'encoder'),
      decoder: stackOf(config, 'decoder'),
    }),
  tokens: tokensOf,
  files(config) {
    const isShared = config.share_encoder_decoder_embeddings;
    const table = isShared ? 'model.shared.weight' : 'model.decoder.embed_tokens.weight';
    const lookups = isShared ? ['model.encoder.embed_tokens.weight', 'model.decoder.embed_tokens.weight'] : [];
    const tied = config.tie_word_embeddings ? [...lookups, 'lm_head.weight'] : lookups;
    return {
      checkpoint: {
        ignore: ['model.encoder.embed_positions.weight', 'model.decoder.embed_positions.weight'],
        tied: new Map(tied.map((name) => [name, table])),
        untiedBy: new Map(lookups.map((name) => [name, 'share_encoder_decoder_embeddings'])),
      },
      // Transformers 5 ties the embeddings only if it ties the head too.
      copies: new Map(config.tie_word_embeddings ? [] : lookups.map((name) => [name, table])),
    };
  },
  generationDefaults: sequenceGeneration,
};
