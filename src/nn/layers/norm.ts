import type { Tensor } from '../../graph/index.ts';
import { rmsNorm as apply } from '../../ops/index.ts';
import { type Initializer, ones } from '../initializer.ts';
import type { Scope } from '../scope.ts';
import { layerNorm } from './layer-norm.ts';

/** Options of every normalisation. */
export interface NormConfig {
  readonly width: number;
  readonly eps?: number;
  /** Initial scale; ones when absent. */
  readonly initializer?: Initializer | undefined;
}

/** Root-mean-square normalisation of the last axis with a learned scale. `x`: [..., D] → [..., D]. */
export function rmsNorm(scope: Scope, { width, eps = 1e-6, initializer = ones }: NormConfig, x: Tensor): Tensor {
  return apply(x, scope.parameter('weight', [width], initializer, { part: 'norm' }), { eps });
}

/** Normalisations by their names in configurations. */
export const norms = { layer_norm: layerNorm, rms_norm: rmsNorm } as const;

/** A normalisation by its name in recipes. */
export type NormType = keyof typeof norms;
