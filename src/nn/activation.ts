import type { Tensor } from '../graph/index.ts';
import { InputError } from '../io/error.ts';
import { didYouMean } from '../io/nearest.ts';
import { gelu, geluTanh, quickGelu, relu, sigmoid, silu, tanh } from '../ops/index.ts';

/** Activations by their names in a checkpoint's config (Transformers' `ACT2FN`). */
export const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  gelu,
  gelu_new: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  quick_gelu: quickGelu,
  relu,
  sigmoid,
  silu,
  swish: silu,
  tanh,
};

/** @throws {InputError} for a name that is not in the table. */
export function activation(name: string): (x: Tensor) => Tensor {
  const found = Object.hasOwn(activations, name) ? activations[name] : undefined;
  if (found) return found;
  const known = Object.keys(activations);
  throw new InputError(`activation: expected one of ${known.join(', ')}, got "${name}"${didYouMean(name, known)}`);
}
