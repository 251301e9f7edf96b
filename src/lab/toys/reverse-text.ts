import type { RandomStream } from '../../data/batch/shuffle.ts';
import { add, input, mul, reshape, sizeOf, type Tensor } from '../../graph/index.ts';
import {
  crossEntropyLoss,
  embed,
  linear,
  noMask,
  normal,
  positionRows,
  type Relation,
  type Scope,
  sinusoidalPositions,
  transformerBlock,
  zeros,
} from '../../nn/index.ts';
import { ids } from '../feed.ts';

export interface ReverseShape {
  readonly symbols: number;
  readonly time: number;
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
}

/**
 * Multiplies queries and keys by √√d_k each: their products become √d_k times as large, which cancels the scale 1/√d_k.
 */
const unscaled = (headWidth: number): Relation => ({ turn: (x) => mul(x, headWidth ** 0.25) });

/**
 * The loss of reversing a sequence, position by position, with a Transformer encoder with sinusoidal positions and
 * normalisation after each sublayer. Inputs: `tokens`, `labels` int32 [B, T].
 *
 * Weights are N(0, 1/D), so that queries and keys have components of variance near 1.
 *
 * Source: Vaswani et al. 2017, sections 3.1 and 3.2.1.
 */
export function reverseLoss(root: Scope, shape: ReverseShape, { isScaled }: { readonly isScaled: boolean }): Tensor {
  const { symbols, time, width, heads, layers } = shape;
  const inits = { weightInitializer: normal(0, width ** -0.5), biasInitializer: zeros };
  const block = {
    attention: { width, heads, ...inits },
    feedForward: { width, innerWidth: 2 * width, activation: 'relu', ...inits },
    normPlace: 'post',
    dropout: 0,
  } as const;
  const tokens = input('tokens', ['batch', time], 'int32');
  const vectors = embed(root.parameter('embed.weight', [symbols, width], normal(0, 1)), tokens);
  let h = add(vectors, positionRows(sinusoidalPositions(time, width), time));
  const relation = isScaled ? {} : unscaled(width / heads);
  for (let layer = 0; layer < layers; layer++)
    h = root.layer(`layers.${layer}`, (at) => transformerBlock(at, block, h, noMask(), { relation })).output;
  const logits = linear(root.at('head'), { inFeatures: width, outFeatures: symbols }, h);
  const rows = sizeOf(tokens.shape);
  const labels = reshape(input('labels', ['batch', time], 'int32'), { shape: [rows] });
  return crossEntropyLoss(reshape(logits, { shape: [rows, symbols] }), labels);
}

/** Random sequences, and each reversed. */
export function reverseBatch(random: RandomStream, rows: number, { symbols, time }: ReverseShape) {
  const tokens = Int32Array.from({ length: rows * time }, () => random.below(symbols));
  const labels = tokens.map((_, i) => tokens[i - (i % time) + (time - 1 - (i % time))]);
  return { tokens: ids([rows, time], tokens), labels: ids([rows, time], labels) };
}
