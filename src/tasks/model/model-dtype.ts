import { InputError } from '../../io/error.ts';
import type { WeightDtype } from '../../models/folder/quantization.ts';
import type { Backend } from '../../runtime/backend.ts';
import { withBf16 } from '../../runtime/with-bf16.ts';

/** How a model computes, by transformers.js' names. */
export const modelDtypes = ['fp32', 'int8', 'bf16'] as const;

/** `fp32` and `int8` say how its matrices are stored; `bf16` computes in bfloat16 with float32 weights. */
export type ModelDtype = (typeof modelDtypes)[number];

/**
 * The engine and the type of weights for a model that is to compute in some type.
 *
 * @throws {InputError} for an unknown type, or bfloat16 on an engine or a processor without it.
 */
export function forDtype(
  backend: Backend,
  dtype: ModelDtype | undefined,
): { readonly backend: Backend; readonly dtype: WeightDtype | undefined } {
  if (dtype !== undefined && !modelDtypes.includes(dtype)) {
    throw new InputError(`dtype: expected ${modelDtypes.join(', ')}, got ${JSON.stringify(dtype)}`);
  }
  return dtype === 'bf16' ? { backend: withBf16(backend, 'dtype bf16'), dtype: 'fp32' } : { backend, dtype };
}
