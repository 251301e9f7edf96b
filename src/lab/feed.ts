import type { HostTensor } from '../runtime/backend.ts';

/** Numbers as a float32 feed. */
export const floats = (shape: readonly number[], values: ArrayLike<number>): HostTensor => ({
  type: 'float32',
  shape,
  data: values instanceof Float32Array ? values : Float32Array.from(values),
});

/** Ids or labels as an int32 feed. */
export const ids = (shape: readonly number[], values: ArrayLike<number>): HostTensor => ({
  type: 'int32',
  shape,
  data: values instanceof Int32Array ? values : Int32Array.from(values),
});
