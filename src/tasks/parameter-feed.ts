import type { Parameter } from '../nn/index.ts';
import type { HostTensor } from '../runtime/backend.ts';

/** The numbers of every parameter as tensors that a program is fed. */
export function parameterFeeds(
  parameters: ReadonlyMap<string, Parameter>,
  weights: ReadonlyMap<string, Float32Array>,
): Record<string, HostTensor & { readonly data: Float32Array }> {
  return Object.fromEntries(
    [...parameters].map(([name, { shape }]) => {
      const data = weights.get(name);
      if (!data) throw new Error(`model: parameter ${name} has no value`);
      return [name, { type: 'float32' as const, shape, data }];
    }),
  );
}
