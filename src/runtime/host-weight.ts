import type { Initializer } from '../onnx/index.ts';
import type { HostTensor } from './backend.ts';

/** A weight as a tensor for the engine. */
export const hostWeight = ({ shape, data }: Initializer): HostTensor => ({
  type: data instanceof Int8Array ? 'int8' : 'float32',
  shape,
  data,
});
