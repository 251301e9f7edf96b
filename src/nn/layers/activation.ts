import { add, mul, type Tensor } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import {
  clip,
  elu,
  erf,
  gelu,
  geluTanh,
  leakyRelu,
  quickGelu,
  relu,
  sigmoid,
  silu,
  softplus,
  square,
  sub,
  tanh,
} from '../../ops/index.ts';

/** x·tanh(softplus(x)). Source: Misra 2019, eq. 1. */
export const mish = (x: Tensor): Tensor => mul(x, tanh(softplus(x)));

/** λ·elu(x, α) with the α and λ that keep mean 0 and variance 1. Source: Klambauer et al. 2017, eq. 2 and section 3. */
export const selu = (x: Tensor): Tensor => mul(elu(x, { alpha: 1.6732632423543772 }), 1.0507009873554805);

/** The normal distribution's Φ with μ = 0.707107, σ = 0.282095. Source: Ma et al. 2022 (MEGA), eq. 10. */
const laplace = (x: Tensor): Tensor => mul(add(erf(mul(sub(x, 0.707107), 1 / (0.282095 * Math.SQRT2))), 1), 0.5);

/**
 * Activations by their names in a checkpoint's config: Transformers' `ACT2FN` without `prelu`, which has parameters.
 */
export const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  gelu,
  gelu_10: (x) => clip(gelu(x), { min: -10, max: 10 }),
  gelu_accurate: geluTanh,
  gelu_fast: geluTanh,
  gelu_new: geluTanh,
  gelu_python: gelu,
  gelu_pytorch_tanh: geluTanh,
  laplace,
  leaky_relu: (x) => leakyRelu(x, { slope: 0.01 }),
  linear: (x) => x,
  mish,
  quick_gelu: quickGelu,
  relu,
  relu2: (x) => square(relu(x)),
  relu6: (x) => clip(x, { min: 0, max: 6 }),
  sigmoid,
  silu,
  swish: silu,
  tanh,
};

/**
 * Activations of a gate by the name of the gated unit: act(x·W) ⊙ x·V.
 *
 * Source: Dauphin et al. 2017 (GLU); Shazeer 2020, eq. 5 and 6.
 */
export const gates: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  bilinear: (x) => x,
  geglu: gelu,
  glu: sigmoid,
  reglu: relu,
  swiglu: silu,
};

/** @throws {InputError} for a name that is not in the table. */
export function activation(name: string): (x: Tensor) => Tensor {
  const found = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (found) return found;
  const known = Object.keys(activations);
  throw new InputError(`activation: expected one of ${known.join(', ')}, got "${name}"${didYouMean(name, known)}`);
}
