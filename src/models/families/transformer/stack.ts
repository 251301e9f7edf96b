import {
  type BlockConfig,
  type NormPlace,
  normal,
  normalWithPadding,
  type PositionSchemes,
  zeros,
} from '../../../nn/index.ts';
import type { StackSpec, TableSpec } from '../../body/transformer-spec.ts';
import { positionConfig, schemeFields, type TransformerConfig } from './fields.ts';

/** A table of token vectors, [rows, D], whose padding row is zero. */
export const tokenTable = (config: TransformerConfig, at: string, rows: number): TableSpec => ({
  at,
  rows,
  width: config.hidden_size,
  initializer: normalWithPadding(config.initializer_range, config.pad_token_id),
});

/** Where a stack stands, and what it reads. */
interface StackPlace {
  /** Path below the body's prefix. */
  readonly at: string;
  readonly words: TableSpec;
  readonly layers: number;
  readonly isCausal: boolean;
  /** Prefix of the names of tapped tensors: `encoder_`. */
  readonly prefix?: string;
}

/** A stack of Heddle's own Transformers, in which every choice is a field. Positions act in self-attention only. */
export function stackOf(
  config: TransformerConfig,
  schemes: PositionSchemes,
  { at, words, layers, isCausal, prefix = '' }: StackPlace,
): StackSpec {
  const places = positionConfig(config, schemes, isCausal);
  const { width, heads, headWidth, headValueWidth } = places;
  const positions = schemes[config.position_embedding_type].use(places, schemeFields(config, schemes));
  const weights = { width, weightInitializer: normal(0, config.initializer_range), biasInitializer: zeros };
  const block: BlockConfig = {
    attention: { ...weights, heads, headWidth, headValueWidth, dropout: config.attention_dropout },
    feedForward: {
      ...weights,
      innerWidth: config.intermediate_size,
      activation: config.hidden_act,
      dropout: config.activation_dropout,
    },
    normPlace: config.norm as NormPlace,
    normType: config.norm_type,
    eps: config.norm_eps,
    dropout: config.dropout,
  };
  return {
    at,
    embed: [
      { words, scale: config.scale_embedding ? Math.sqrt(width) : 1, padRow: config.pad_token_id },
      { positions },
      { drop: config.dropout, at },
    ],
    layers,
    layer: (index) => `layers.${index}`,
    block: () => block,
    relation: positions,
    end: config.norm === 'pre' ? [{ norm: at === '' ? 'layer_norm' : `${at}.layer_norm` }] : [],
    prefix,
  };
}
