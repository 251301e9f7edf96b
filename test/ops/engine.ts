/** Running a traced graph on an engine with the interpreter's values. */
import {
  type DType,
  type EngineHabit,
  elementTypes,
  engineHabits,
  type Tensor,
  type Value,
  value,
} from '../../src/graph/index.ts';
import { type LoweredModel, lower } from '../../src/onnx/index.ts';
import type { Backend, CompileOptions, EngineTensor, HostTensor } from '../../src/runtime/backend.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';

/** Every habit. */
export const allHabits: ReadonlySet<EngineHabit> = new Set(Object.keys(engineHabits) as EngineHabit[]);

/** An engine for which graphs are lowered as if it had every habit. */
export const habitBackend: Backend = { ...capiBackend(), name: 'cpu, graphs for every habit', habits: allHabits };

export const toHost = ({ shape, dtype, data }: Value): HostTensor => ({
  type: elementTypes[dtype].host,
  shape,
  data: elementTypes[dtype].from(data),
});

export function fromHost(tensor: HostTensor | EngineTensor): Value {
  if ('kind' in tensor) throw new Error('expected a host tensor');
  const dtype = (Object.keys(elementTypes) as DType[]).find((key) => elementTypes[key].host === tensor.type);
  return value(tensor.shape, Float64Array.from(tensor.data as ArrayLike<number>), dtype);
}

/** Lowers, compiles, runs once and disposes. Feeds that the lowered graph does not read are left out. */
export async function runLowered(
  backend: Backend,
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, Value>>,
  options: CompileOptions = { threads: 1 },
): Promise<Record<string, Value>> {
  return runModel(backend, lower(outputs, {}, backend), feeds, options);
}

export async function runModel(
  backend: Backend,
  model: LoweredModel,
  feeds: Readonly<Record<string, Value>>,
  options: CompileOptions = { threads: 1 },
): Promise<Record<string, Value>> {
  const program = await backend.compile(model.bytes, options);
  try {
    const read = Object.entries(feeds).filter(([name]) => model.inputs.has(name));
    const results = await program.run(Object.fromEntries(read.map(([name, fed]) => [name, toHost(fed)])));
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromHost(tensor)]));
  } finally {
    await program.dispose();
  }
}
