import { add, type Tensor } from '../../graph/index.ts';
import type { Initializer } from '../initializer.ts';
import type { Scope } from '../scope.ts';
import { type AttentionConfig, attend, type KeyValue, projected, queries, type Relation } from './attention.ts';
import { type FeedForwardConfig, feedForward } from './feed-forward.ts';
import { type NormType, norms } from './norm.ts';

/** Where normalisation happens: after the residual sum (2017), before the sublayer, or nowhere. */
export type NormPlace = 'post' | 'pre' | 'none';

/** A block's sublayers, its normalisation and its dropout. */
export interface BlockConfig {
  readonly attention: AttentionConfig;
  readonly feedForward: FeedForwardConfig;
  readonly normPlace: NormPlace;
  /** Layer normalisation when absent. */
  readonly normType?: NormType;
  /** Initial scale of every norm; ones when absent. */
  readonly normInitializer?: Initializer;
  readonly eps?: number;
  /** Dropout on every sublayer's output. */
  readonly dropout: number;
  /** That of single sublayers, in place of `dropout`. */
  readonly dropouts?: Readonly<Partial<Record<'self' | 'feedForward', number>>>;
  /** Whether a sublayer's input is added to its output; true when absent. */
  readonly hasResidual?: boolean;
  /** The names of its sublayers and norms; {@link blockNames} when absent. */
  readonly names?: BlockNames;
}

/** Paths of a block's attentions and of the norms of its sublayers. */
export interface BlockNames {
  readonly self: string;
  readonly selfNorm: string;
  readonly cross: string;
  readonly crossNorm: string;
  readonly feedForwardNorm: string;
}

/** BART's names. */
export const blockNames: BlockNames = {
  self: 'self_attn',
  selfNorm: 'self_attn_layer_norm',
  cross: 'encoder_attn',
  crossNorm: 'encoder_attn_layer_norm',
  feedForwardNorm: 'final_layer_norm',
};

/** A block's output [B, T, D], and the weights of its attentions, [B, H, T, S]. */
export interface BlockResult {
  readonly output: Tensor;
  readonly selfAttention: Tensor;
  readonly crossAttention?: Tensor;
}

/** What a decoder's block attends to besides its own sequence. */
export interface Memory {
  readonly keyValue: KeyValue;
  readonly mask: Tensor;
}

/** The normalisation of a block; a stack may have more before its first and after its last. [..., D] → [..., D]. */
export const blockNorm = (scope: Scope, config: BlockConfig, x: Tensor): Tensor => {
  const { normType = 'layer_norm', eps, normInitializer: initializer } = config;
  return norms[normType](scope, { width: Number(x.shape.at(-1)), eps, initializer }, x);
};

/** Inputs of a block besides its sequence and mask. */
export interface BlockContext {
  /** Input of cross-attention; when absent there is no cross-attention. */
  readonly memory?: Memory;
  /**
   * Makes the keys and values that self-attention reads from the block's own, by adding a cache's when decoding. Only
   * its own when absent.
   */
  readonly selfKeyValue?: (own: KeyValue) => KeyValue;
  /** Positions in self-attention. */
  readonly relation?: Relation;
  /**
   * Picks the positions whose output is wanted, [B, T, D] → [B, T', D]; keys and values are still those of all
   * positions. All when absent.
   */
  readonly pick?: (x: Tensor) => Tensor;
}

/** What a sublayer stands on. */
interface Sublayer {
  /** Path of its norm. */
  readonly norm: string;
  readonly x: Tensor;
  /** What is added, x at the positions that the sublayer returns; x when absent. */
  readonly kept?: Tensor;
  readonly dropout?: number | undefined;
}

/** x + dropout(sublayer(x)) with its norm before (pre) or after (post); without residuals the term x is dropped. */
function residual(
  scope: Scope,
  config: BlockConfig,
  { norm, x, kept = x, dropout = config.dropout }: Sublayer,
  sublayer: (x: Tensor) => Tensor,
): Tensor {
  const normalise = (t: Tensor) => scope.layer(norm, (at) => blockNorm(at, config, t));
  const { normPlace, hasResidual = true } = config;
  const inner = scope.at(norm).dropout(sublayer(normPlace === 'pre' ? normalise(x) : x), dropout);
  const sum = hasResidual ? add(kept, inner) : inner;
  return normPlace === 'post' ? normalise(sum) : sum;
}

/**
 * One block of a Transformer: self-attention, cross-attention when there is a `memory`, feed-forward network.
 *
 * `x`: [B, T, D] → [B, T, D]. By default parameters have Marian's and BART's names.
 *
 * Source: Vaswani et al. 2017, section 3.1; Xiong et al. 2020 for pre-norm.
 */
export function transformerBlock(
  scope: Scope,
  config: BlockConfig,
  x: Tensor,
  mask: Tensor,
  { memory, selfKeyValue = (own) => own, relation = {}, pick = (all) => all }: BlockContext = {},
): BlockResult {
  const { names = blockNames, dropouts = {} } = config;
  let selfAttention!: Tensor;
  let crossAttention: Tensor | undefined;
  const attended = (t: Tensor) =>
    scope.layer(names.self, (at) => {
      const { query, key, value } = projected(at, config.attention, t, pick);
      const all = selfKeyValue({ key: relation.turn?.(key) ?? key, value });
      const { output, weights } = attend(at, config.attention, query, all, mask, relation);
      selfAttention = weights;
      return output;
    });
  const own = { norm: names.selfNorm, x, kept: pick(x), dropout: dropouts.self };
  let h = residual(scope, config, own, attended);
  if (memory) {
    h = residual(scope, config, { norm: names.crossNorm, x: h }, (t) =>
      scope.layer(names.cross, (at) => {
        const { output, weights } = attend(
          at,
          config.attention,
          queries(at, config.attention, t),
          memory.keyValue,
          memory.mask,
        );
        crossAttention = weights;
        return output;
      }),
    );
  }
  const last = { norm: names.feedForwardNorm, x: h, dropout: dropouts.feedForward };
  const output = residual(scope, config, last, (t) => feedForward(scope, config.feedForward, t));
  return { output, selfAttention, crossAttention };
}
