import type { Tensor } from '../../graph/index.ts';
import { layerNorm as apply } from '../../ops/index.ts';
import { type Initializer, ones, zeros } from '../initializer.ts';
import type { Scope } from '../scope.ts';

/** Layer normalisation of the last axis with learned scale and shift, as `nn.LayerNorm`. `x`: [..., D] → [..., D]. */
export function layerNorm(
  scope: Scope,
  {
    width,
    eps = 1e-5,
    initializer = ones,
  }: { readonly width: number; readonly eps?: number; readonly initializer?: Initializer | undefined },
  x: Tensor,
): Tensor {
  const weight = scope.parameter('weight', [width], initializer, { part: 'norm' });
  return apply(x, weight, scope.parameter('bias', [width], zeros, { part: 'bias' }), { eps });
}
