import { add, mul, type Tensor } from '../../graph/index.ts';
import {
  type BlockConfig,
  type BlockContext,
  blockNorm,
  embed,
  type Memory,
  type NormPlace,
  normal,
  normalWithPadding,
  type Places,
  type PositionSchemes,
  type PositionUse,
  relationAt,
  type Scope,
  transformerBlock,
  zeros,
} from '../../nn/index.ts';
import { positionConfig, schemeFields, type TransformerConfig } from '../families/transformer-fields.ts';

/** A stack of Transformer blocks over one configuration. */
export interface Stack {
  readonly config: TransformerConfig;
  readonly layers: number;
  readonly block: BlockConfig;
  readonly positions: PositionUse;
  /** Prefix of the names of tapped tensors: `encoder_`. */
  readonly prefix: string;
}

export function transformerStack(
  config: TransformerConfig,
  schemes: PositionSchemes,
  { layers, isCausal, prefix = '' }: { readonly layers: number; readonly isCausal: boolean; readonly prefix?: string },
): Stack {
  const places = positionConfig(config, schemes, isCausal);
  const { width, heads, headWidth, headValueWidth } = places;
  const weights = { width, weightInitializer: normal(0, config.initializer_range), biasInitializer: zeros };
  return {
    config,
    layers,
    prefix,
    positions: schemes[config.position_embedding_type].use(places, schemeFields(config, schemes)),
    block: {
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
    },
  };
}

/** A table of token vectors, `weight` [rows, D], whose padding row is zero. */
export const tokenTable = (scope: Scope, config: TransformerConfig, rows: number): Tensor =>
  scope.parameter(
    'weight',
    [rows, config.hidden_size],
    normalWithPadding(config.initializer_range, config.pad_token_id),
  );

/** Inputs of a stack: tokens and their positions. */
export interface StackInput {
  /** int32 [B, T] */
  readonly ids: Tensor;
  /** [V, D] */
  readonly table: Tensor;
  /** float [B|1, 1, T|1, S] */
  readonly mask: Tensor;
  readonly places: Places;
  /** Further inputs of each layer. */
  readonly context?: (layer: number) => Pick<BlockContext, 'selfKeyValue'> & { readonly memory?: Memory };
}

/**
 * Runs the blocks over embedded tokens, with a final normalisation if blocks are pre-norm: [B, T, D].
 * Parameters are `layers.N…`, `layer_norm`, and those of the positions. Hidden states and attentions are tapped.
 */
export function runStack(scope: Scope, stack: Stack, { ids, table, mask, places, context }: StackInput): Tensor {
  const { trace } = scope;
  const { config, block, positions, prefix } = stack;
  const vectors = embed(table, ids, config.pad_token_id);
  const scaled = config.scale_embedding ? mul(vectors, Math.sqrt(config.hidden_size)) : vectors;
  const rows = positions.embedding?.(scope, places.query);
  const relation = relationAt(positions, scope, places);
  let h = scope.dropout(rows ? add(scaled, rows) : scaled, config.dropout);
  trace.tap(`${prefix}hidden_states.0`, h);
  for (let layer = 0; layer < stack.layers; layer++) {
    const { output, selfAttention, crossAttention } = scope.layer(`layers.${layer}`, (at) =>
      transformerBlock(at, block, h, mask, { ...context?.(layer), relation }),
    );
    trace.tap(`${prefix}attentions.${layer}`, selfAttention);
    if (crossAttention) trace.tap(`cross_attentions.${layer}`, crossAttention);
    const isLast = layer === stack.layers - 1;
    h = isLast && config.norm === 'pre' ? scope.layer('layer_norm', (at) => blockNorm(at, block, output)) : output;
    trace.tap(`${prefix}hidden_states.${layer + 1}`, h);
  }
  return h;
}
