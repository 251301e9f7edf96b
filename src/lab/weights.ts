import type { Parameter } from '../nn/index.ts';
import type { HostTensor } from '../runtime/backend.ts';
import { uniformFrom } from '../train/random/random-bytes.ts';

/** A model's parameters by name. */
export type Weights = Readonly<Record<string, HostTensor & { readonly data: Float32Array }>>;

/** A model's initial parameters; as in the trainer, a parameter's draws depend only on the seed and its name. */
export const initialWeights = (parameters: ReadonlyMap<string, Parameter>, seed: number): Weights =>
  Object.fromEntries(
    [...parameters].map(([name, { shape, initializer }]) => [
      name,
      { type: 'float32', shape, data: initializer(shape, uniformFrom(seed, name)) },
    ]),
  );
