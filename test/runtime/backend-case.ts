/** What the cases of the backend suite are made of. Nothing here imports a test runner or Node. */

import type { Backend, EngineTensor, HostTensor, Program } from '../../src/runtime/backend.ts';
import { type Model, onnxBytes } from './onnx-bytes.ts';

export interface BackendCase {
  /** A sentence that must be true. */
  readonly name: string;
  run(backend: Backend): Promise<void>;
}

export const f32 = (shape: readonly number[], values: Iterable<number>): HostTensor => ({
  type: 'float32',
  shape,
  data: Float32Array.from(values),
});

export function fail(message: string): never {
  throw new Error(message);
}

export function host(tensor: HostTensor | EngineTensor | undefined): HostTensor {
  if (!tensor) fail('an output is missing');
  return 'kind' in tensor ? fail('expected a host tensor, got an engine tensor') : tensor;
}

export function engine(tensor: HostTensor | EngineTensor | undefined): EngineTensor {
  if (!tensor) fail('an output is missing');
  return 'kind' in tensor ? tensor : fail('expected an engine tensor, got a host tensor');
}

export function same(actual: HostTensor | EngineTensor | undefined, expected: HostTensor): void {
  const { type, shape, data } = host(actual);
  const show = (tensor: HostTensor) =>
    `${tensor.type} [${tensor.shape}] ${tensor.data.constructor.name} ${tensor.data}`;
  const equal =
    type === expected.type &&
    shape.join() === expected.shape.join() &&
    data.constructor === expected.data.constructor &&
    data.length === expected.data.length &&
    data.every((value: number | bigint, i: number) => Object.is(value, expected.data[i]));
  if (!equal) fail(`expected ${show(expected)}, got ${show({ type, shape, data })}`);
}

export async function fails(work: Promise<unknown>, ...words: readonly (string | RegExp)[]): Promise<void> {
  const message = await work.then(
    () => fail(`expected an error that says ${words.join(' and ')}`),
    (error: unknown) => (error instanceof Error ? error.message : fail(`not an Error: ${error}`)),
  );
  for (const word of words) {
    if (!(typeof word === 'string' ? message.includes(word) : word.test(message))) {
      fail(`expected an error that says ${word}, got: ${message}`);
    }
  }
}

export async function rejectsWith(work: Promise<unknown>, reason: unknown): Promise<void> {
  const found = await work.then(
    () => fail('expected a rejection'),
    (error: unknown) => error,
  );
  if (found !== reason) fail(`expected the signal's reason, got ${found}`);
}

/** Compiles `model`, hands it to `work`, disposes it. */
export async function using(
  backend: Backend,
  model: Model,
  work: (program: Program) => Promise<void>,
  threads = 2,
): Promise<void> {
  const program = await backend.compile(onnxBytes(model), { threads });
  try {
    await work(program);
  } finally {
    await program.dispose();
  }
}

/** y[rows, 3] = x[rows, 2]·w + b, with w and b initializers. */
export const affine: Model = {
  inputs: [{ name: 'x', type: 'float32', shape: ['rows', 2] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['rows', 3] }],
  nodes: [
    { op: 'MatMul', inputs: ['x', 'w'], outputs: ['product'] },
    { op: 'Add', inputs: ['product', 'b'], outputs: ['y'] },
  ],
  initializers: { w: f32([2, 3], [1, 2, 3, 4, 5, 6]), b: f32([3], [0.5, 0, -0.5]) },
};
