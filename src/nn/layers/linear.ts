import type { Tensor } from '../../graph/index.ts';
import { linear as apply } from '../../ops/index.ts';
import { fanInUniform, type Initializer, kaimingUniform } from '../initializer.ts';
import type { Part, Scope } from '../scope.ts';

/** Widths, bias and initial weights of a linear layer. */
export interface LinearConfig {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly hasBias?: boolean;
  /** PyTorch's defaults when absent. */
  readonly weightInitializer?: Initializer;
  readonly biasInitializer?: Initializer;
  /** What the weight is for. */
  readonly part?: Part;
}

/** x·weightᵀ + bias, as `nn.Linear`. `x`: [..., I] → [..., O]; `weight`: [O, I], `bias`: [O]. */
export function linear(scope: Scope, config: LinearConfig, x: Tensor): Tensor {
  const { inFeatures, outFeatures, hasBias = true, part } = config;
  const { weightInitializer = kaimingUniform(), biasInitializer = fanInUniform(inFeatures) } = config;
  const weight = scope.parameter('weight', [outFeatures, inFeatures], weightInitializer, { part });
  if (!hasBias) return apply(x, weight);
  return apply(x, weight, scope.parameter('bias', [outFeatures], biasInitializer, { part: 'bias' }));
}
