import { add, gradient, input, mul, reshape, sizeOf, sum, type Tensor } from '../../../graph/index.ts';
import {
  type BlockConfig,
  blockNorm,
  crossEntropyLoss,
  embed,
  linear,
  type NormPlace,
  noMask,
  normal,
  type Parameter,
  positionRows,
  type Scope,
  sinusoidalPositions,
  transformerBlock,
  zeros,
} from '../../../nn/index.ts';

/** Which parts a stack of blocks has that make depth trainable. */
export interface StackParts {
  readonly normPlace: NormPlace;
  readonly hasResidual: boolean;
}

export interface DeepShape {
  readonly symbols: number;
  readonly time: number;
  readonly width: number;
  readonly layers: number;
}

/** Scores of a Transformer encoder at every position, [B·T, V]. Weights are N(0, 1/D), positions sinusoidal. */
function deepLogits(root: Scope, { symbols, time, width, layers }: DeepShape, parts: StackParts): Tensor {
  const inits = { weightInitializer: normal(0, width ** -0.5), biasInitializer: zeros };
  const block: BlockConfig = {
    attention: { width, heads: 4, ...inits },
    feedForward: { width, innerWidth: 2 * width, activation: 'relu', ...inits },
    dropout: 0,
    ...parts,
  };
  const tokens = input('tokens', ['batch', time], 'int32');
  const vectors = embed(root.parameter('embed.weight', [symbols, width], normal(0, 1)), tokens);
  let h = add(vectors, positionRows(sinusoidalPositions(time, width), time));
  for (let layer = 0; layer < layers; layer++) {
    h = root.layer(`layers.${layer}`, (at) => transformerBlock(at, block, h, noMask()).output);
    root.trace.tap(`hidden.${layer}`, h);
  }
  if (parts.normPlace === 'pre') h = root.layer('layer_norm', (at) => blockNorm(at, block, h));
  const rows = reshape(h, { shape: [sizeOf(tokens.shape), width] });
  return linear(root.at('head'), { inFeatures: width, outFeatures: symbols, ...inits }, rows);
}

/** The loss of naming `labels` (int32 [B, T]) at every position of `tokens` (int32 [B, T]). */
export function deepLoss(root: Scope, shape: DeepShape, parts: StackParts): Tensor {
  const labels = input('labels', ['batch', shape.time], 'int32');
  return crossEntropyLoss(deepLogits(root, shape, parts), reshape(labels, { shape: [sizeOf(labels.shape)] }));
}

/**
 * Observations of every layer N: the squared norm of the gradient of the loss with respect to its second feed-forward
 * matrix, `square.N` [], and its output, `hidden.N` [B, T, D].
 *
 * Source: Xiong et al. 2020, figure 3.
 */
export function layerTraces(root: Scope, shape: DeepShape, parts: StackParts): Readonly<Record<string, Tensor>> {
  const loss = deepLoss(root, shape, parts);
  const { parameters, taps } = root.trace;
  const layers = Array.from({ length: shape.layers }, (_, layer) => layer);
  const slopes = gradient(
    loss,
    layers.map((layer) => (parameters.get(`layers.${layer}.fc2.weight`) as Parameter).tensor),
  ) as readonly Tensor[];
  return Object.fromEntries(
    layers.flatMap((layer) => [
      [`square.${layer}`, sum(mul(slopes[layer], slopes[layer]), { axes: [0, 1] })],
      [`hidden.${layer}`, taps.get(`hidden.${layer}`) as Tensor],
    ]),
  );
}
