import { reshape, sizeOf, type Tensor } from '../graph/index.ts';
import { activation } from './activation.ts';
import type { Initializer } from './initializer.ts';
import { linear } from './linear.ts';
import type { Scope } from './scope.ts';

export interface FeedForwardConfig {
  readonly width: number;
  readonly innerWidth: number;
  /** A name of the activation table. */
  readonly activation: string;
  /** Dropout behind the activation. */
  readonly dropout?: number;
  readonly weightInitializer?: Initializer;
  readonly biasInitializer?: Initializer;
}

/**
 * Position-wise feed-forward network, parameters `fc1`, `fc2`. `x`: [B, T, D] → [B, T, D]. It works on rows, so that
 * the engine fuses the activation with its product.
 *
 * Source: Vaswani et al. 2017, eq. 2.
 */
export function feedForward(scope: Scope, config: FeedForwardConfig, x: Tensor): Tensor {
  const { width, innerWidth, dropout = 0, weightInitializer, biasInitializer } = config;
  const inits = { weightInitializer, biasInitializer };
  const rows = reshape(x, { shape: [sizeOf(x.shape.slice(0, -1)), width] });
  const inner = scope.layer('fc1', (at) => linear(at, { inFeatures: width, outFeatures: innerWidth, ...inits }, rows));
  const active = scope.at('fc1').dropout(activation(config.activation)(inner), dropout);
  const outer = scope.layer('fc2', (at) =>
    linear(at, { inFeatures: innerWidth, outFeatures: width, ...inits }, active),
  );
  return reshape(outer, { shape: x.shape });
}
