import type { Parameter } from '../nn/index.ts';
import type { HostTensor } from '../runtime/backend.ts';
import { uniformFrom } from '../train/random/random-bytes.ts';

/** A model's parameters by name. */
export type Weights = Readonly<Record<string, HostTensor & { readonly data: Float32Array }>>;

/** What a model has before training; as in the trainer, a name's draws depend on the seed and the name alone. */
export const initialWeights = (parameters: ReadonlyMap<string, Parameter>, seed: number): Weights =>
  Object.fromEntries(
    [...parameters].map(([name, { shape, initializer }]) => [
      name,
      { type: 'float32', shape, data: initializer(shape, uniformFrom(seed, name)) },
    ]),
  );
