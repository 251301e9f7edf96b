import type { EngineTensor, HostTensor } from '../../runtime/backend.ts';

/** An int32 tensor on the host. */
export const int32 = (shape: readonly number[], data: ArrayLike<number>): HostTensor => ({
  type: 'int32',
  shape,
  data: data instanceof Int32Array ? data : Int32Array.from(data),
});

/** A float32 tensor on the host. */
export const float32 = (shape: readonly number[], data: Float32Array): HostTensor => ({ type: 'float32', shape, data });

type Result = HostTensor | EngineTensor;

const isKept = (tensor: Result): tensor is EngineTensor => 'kind' in tensor;

/** A result of a run. @throws {TypeError} when the program does not return it. */
export function resultOf(results: Readonly<Record<string, Result>>, name: string): Result {
  const result = results[name];
  if (!result) throw new TypeError(`expected "${name}" from the engine, got ${Object.keys(results).join(', ')}`);
  return result;
}

/** The float32 numbers of a result. */
export function floatsOf(result: Result): Float32Array {
  if (!isKept(result) && result.data instanceof Float32Array) return result.data;
  throw new TypeError(`expected float32 from the engine, got ${result.type}`);
}

/** The int32 numbers of a result. */
export function idsOf(result: Result): Int32Array {
  if (!isKept(result) && result.data instanceof Int32Array) return result.data;
  throw new TypeError(`expected int32 from the engine, got ${result.type}`);
}

/** A result that is kept by the engine. */
export function keptOf(result: Result): EngineTensor {
  if (isKept(result)) return result;
  throw new TypeError(`expected a tensor kept by the engine, got ${result.type} in JavaScript's memory`);
}
