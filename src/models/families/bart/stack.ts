import { add, constantTensor } from '../../../graph/index.ts';
import {
  type BlockConfig,
  type NormPlace,
  normal,
  normalWithPadding,
  sinusoidTable,
  zeros,
} from '../../../nn/index.ts';
import type { StackSpec, StackStep, TableSpec } from '../../body/transformer-spec.ts';
import { targetSize } from '../../heads/fields/sequence-fields.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import type { BartConfig } from './fields.ts';

/** A side of an encoder–decoder, and the path of its stack. */
export type Side = 'encoder' | 'decoder';

/** The positions of tokens. */
export interface BartPositions {
  readonly areLearned: boolean;
  /** Adds those of one side in a class. */
  step(config: BartConfig, side: Side, head: HeadRow<BartConfig>): StackStep;
}

/** What differs between the stacks of BART and those of its relatives. */
export interface BartStack {
  readonly normPlace: Exclude<NormPlace, 'none'>;
  readonly positions: BartPositions;
  /** Whether the sum of words and positions is normalised. */
  readonly hasEmbeddingNorm: boolean;
}

function blockOf(config: BartConfig, side: Side, normPlace: NormPlace): BlockConfig {
  const shared = { width: config.d_model, weightInitializer: normal(0, config.init_std), biasInitializer: zeros };
  return {
    attention: { ...shared, heads: config[`${side}_attention_heads`], dropout: config.attention_dropout },
    feedForward: {
      ...shared,
      innerWidth: config[`${side}_ffn_dim`],
      activation: config.activation_function,
      dropout: config.activation_dropout,
    },
    normPlace,
    dropout: config.dropout,
  };
}

/** The embedding table of one side: `shared`, or its own. [V, D]. */
const tableOf = (config: BartConfig, side: Side): TableSpec => ({
  at: config.share_encoder_decoder_embeddings === false ? `${side}.embed_tokens` : 'shared',
  rows: side === 'decoder' ? targetSize(config) : config.vocab_size,
  width: config.d_model,
  initializer: normalWithPadding(config.init_std, config.pad_token_id),
});

/** The first two rows of BART's position tables are never read. */
const offset = 2;

/** A table of learned positions with two more rows, which position 0 comes after. */
export const learnedPositions: BartPositions = {
  areLearned: true,
  step: (config, side) => ({
    rows: {
      at: `${side}.embed_positions`,
      rows: config.max_position_embeddings + offset,
      width: config.d_model,
      initializer: normal(0, config.init_std),
      part: 'positions',
    },
    of: ({ places }) => add(places, constantTensor(offset, [], 'int32')),
  }),
};

/** Sines and cosines, which the files hold as a table and which are not trained. */
export const savedSinusoids: BartPositions = {
  areLearned: false,
  step: ({ max_position_embeddings: rows, d_model: width }, side) => ({
    rows: {
      ...{ at: `${side}.embed_positions`, rows, width, part: 'buffer' },
      initializer: () => Float32Array.from(sinusoidTable(rows, width)),
    },
    of: ({ places }) => places,
  }),
};

/** One side's stack, with Transformers' names. A stack with norms before its sublayers has one more at its end. */
export function bartStack(config: BartConfig, side: Side, head: HeadRow<BartConfig>, kind: BartStack): StackSpec {
  const { d_model: width, pad_token_id: padRow } = config;
  const scale = config.scale_embedding ? Math.sqrt(width) : 1;
  return {
    at: side,
    embed: [
      { words: tableOf(config, side), scale, padRow },
      kind.positions.step(config, side, head),
      ...(kind.hasEmbeddingNorm ? [{ norm: `${side}.layernorm_embedding` }] : []),
      { drop: config.dropout, at: side },
    ],
    layers: config[`${side}_layers`],
    layer: (index) => `layers.${index}`,
    block: () => blockOf(config, side, kind.normPlace),
    end: kind.normPlace === 'pre' ? [{ norm: `${side}.layer_norm` }] : [],
    prefix: `${side}_`,
  };
}
