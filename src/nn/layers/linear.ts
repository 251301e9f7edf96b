import { reshape, sizeOf, type Tensor } from '../../graph/index.ts';
import { addBias, linear as apply, matmul } from '../../ops/index.ts';
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

/** Layers inside a block, whose results only reach other products. */
const innerParts: ReadonlySet<Part | undefined> = new Set<Part>(['query', 'key', 'value', 'inner', 'gate']);

/** A layer of this form: how its weight is stored is its own matter. `x`: [..., I] → [..., O]. */
export type Dense = (scope: Scope, config: LinearConfig, x: Tensor) => Tensor;

/** x·weightᵀ + bias, as `nn.Linear`. `x`: [..., I] → [..., O]; `weight`: [O, I], `bias`: [O]. */
export const linear: Dense = (scope, config, x) => {
  const { inFeatures, outFeatures, hasBias = true, part } = config;
  const { weightInitializer = kaimingUniform(), biasInitializer = fanInUniform(inFeatures) } = config;
  const weight = scope.parameter('weight', [outFeatures, inFeatures], weightInitializer, { part });
  if (!hasBias) return apply(x, weight);
  const bias = scope.parameter('bias', [outFeatures], biasInitializer, { part: 'bias' });
  return apply(x, weight, bias, { isInner: innerParts.has(part) });
};

/** {@link linear} with its weight as [I, O], as in GPT-2's checkpoints. Source: Transformers' `Conv1D`. */
export const conv1d: Dense = (scope, config, x) => {
  const { inFeatures, outFeatures, hasBias = true, part } = config;
  const { weightInitializer = kaimingUniform(), biasInitializer = fanInUniform(inFeatures) } = config;
  const weight = scope.parameter('weight', [inFeatures, outFeatures], weightInitializer, { part });
  const rows = reshape(x, { shape: [sizeOf(x.shape.slice(0, -1)), inFeatures] });
  const product = matmul(rows, weight, {});
  const bias = () => scope.parameter('bias', [outFeatures], biasInitializer, { part: 'bias' });
  const y = hasBias ? addBias(product, bias(), { isInner: innerParts.has(part) }) : product;
  return reshape(y, { shape: [...x.shape.slice(0, -1), outFeatures] });
};
