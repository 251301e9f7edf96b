/** Golden cases of layers: what PyTorch gives for the same numbers, in float32 and float64. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { gradient, interpret, type Tensor, type Value, value } from '../../src/graph/index.ts';
import { diskFolder } from '../../src/io/disk-folder.ts';
import type { Backend } from '../../src/runtime/backend.ts';
import { parseSafetensors } from '../../src/weights/safetensors.ts';
import type { Tensor as StoredTensor } from '../../src/weights/tensor.ts';
import { runLowered } from '../ops/engine.ts';

export type Values = Readonly<Record<string, Value>>;

/** One case: parameters, inputs, cotangents; results as `out/…`, `grad/…`, `grad_in/…`. */
export interface GoldenCase {
  readonly parameters: Values;
  readonly inputs: Values;
  readonly cotangents: Values;
  readonly float32: Values;
  readonly float64: Values;
}

const folder = diskFolder(fileURLToPath(new URL('../golden/nn', import.meta.url)));

function toValue({ dtype, shape, data }: StoredTensor): Value {
  const type = dtype === 'BOOL' ? 'bool' : dtype.startsWith('I') ? 'int32' : 'float';
  return value(shape, Float64Array.from(data as ArrayLike<number | bigint>, Number), type);
}

/** What a topic's JSON says of every case, by name. */
export const goldenSettings = async <S>(topic: string): Promise<Readonly<Record<string, S>>> =>
  JSON.parse(new TextDecoder().decode(await folder.read(`${topic}.json`))).cases;

/** Every tensor of a file. */
export async function goldenValues(file: string): Promise<Values> {
  const { tensors } = parseSafetensors(await folder.read(file), file);
  return Object.fromEntries([...tensors].map(([name, tensor]) => [name, toValue(tensor)]));
}

const under = (values: Values, prefix: string): Values =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, found]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), found]] : [],
    ),
  );

/** The cases of a topic by name. `rename` maps parameters and their gradients to the names of ours. */
export async function goldenCases(
  topic: string,
  rename: (parameters: Values) => Values,
): Promise<ReadonlyMap<string, GoldenCase>> {
  const all = await goldenValues(`${topic}.safetensors`);
  const twin = await goldenValues(`${topic}.f64.safetensors`);
  const names = [...new Set(Object.keys(all).map((name) => name.split('/')[0]))];
  const results = (values: Values, name: string): Values => {
    const prefixed = (part: string, found: Values) =>
      Object.entries(found).map(([key, one]) => [`${part}/${key}`, one] as const);
    return Object.fromEntries([
      ...prefixed('out', under(values, `${name}/out/`)),
      ...prefixed('grad', rename(under(values, `${name}/grad/`))),
      ...prefixed('grad_in', under(values, `${name}/grad_in/`)),
    ]);
  };
  return new Map(
    names.map((name) => [
      name,
      {
        parameters: rename(under(all, `${name}/param/`)),
        inputs: under(all, `${name}/in/`),
        cotangents: under(all, `${name}/cot/`),
        float32: results(all, name),
        float64: results(twin, name),
      },
    ]),
  );
}

/** Rows `start` … of a value's first axis. */
const rows = ({ shape: [, ...rest], data, dtype }: Value, start: number, count: number): Value => {
  const width = rest.reduce((n, size) => n * size, 1);
  return value([count, ...rest], data.slice(start * width, (start + count) * width), dtype);
};

/** PyTorch keeps the projections of q, k, v in one tensor, or in `q_proj_weight` …; ours are layers of their own. */
export function splitProjections(parameters: Values): Values {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, found]): [string, Value][] => {
      const together = /^(.*)in_proj_(weight|bias)$/.exec(name);
      if (together) {
        const width = found.shape[0] / 3;
        return ['q', 'k', 'v'].map((part, i) => [
          `${together[1]}${part}_proj.${together[2]}`,
          rows(found, i * width, width),
        ]);
      }
      return [[name.replace(/([qkv]_proj)_weight$/, '$1.weight'), found]];
    }),
  );
}

/** A layer traced for a case. */
export interface TracedCase {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly parameters: Readonly<Record<string, Tensor>>;
}

/** Outputs and gradients under the golden files' names, and the feeds that they need. */
function readings(golden: GoldenCase, { outputs, inputs, parameters }: TracedCase, seeds: Record<string, Tensor>) {
  const names = Object.keys(outputs);
  const trained = Object.keys(parameters);
  const floats = Object.keys(inputs).filter((name) => `grad_in/${name}` in golden.float32);
  const grads = gradient(
    Object.values(outputs),
    [...trained.map((name) => parameters[name]), ...floats.map((name) => inputs[name])],
    names.map((name) => seeds[name]),
  );
  const keys = [...trained.map((name) => `grad/${name}`), ...floats.map((name) => `grad_in/${name}`)];
  const found = keys.flatMap((key, i) => {
    const g = grads[i];
    return g ? [[key, g] as const] : [];
  });
  return Object.fromEntries([...names.map((name) => [`out/${name}`, outputs[name]] as const), ...found]);
}

/** Softmax ignores what all keys share, so a key bias has no gradient: what is stored is rounding noise. */
const isKeyBias = (name: string): boolean => name.startsWith('grad/') && name.endsWith('k_proj.bias');

function expectNear(name: string, actual: Value, expected: Value, bound: number): void {
  expect(actual.shape, name).toEqual(expected.shape);
  const wanted = isKeyBias(name) ? expected.data.map(() => 0) : expected.data;
  const difference = actual.data.reduce(
    (most, x, i) => Math.max(most, Number.isNaN(x) ? Number.POSITIVE_INFINITY : Math.abs(x - wanted[i])),
    0,
  );
  expect(difference, `${name}: largest difference`).toBeLessThan(bound);
}

/** Bounds: the reference in float64 against PyTorch's float64, an engine against PyTorch's float32. */
const bound = { float64: 1e-9, output: 1e-5, gradient: 2e-5 };

export type Bound = Readonly<typeof bound>;

/**
 * Expects outputs and all gradients of `traced` to be the golden ones: in float64 when `backend` is absent, else on it.
 *
 * @param seeds inputs for the cotangents, named `cot/…`, by output.
 */
export async function expectGolden(
  golden: GoldenCase,
  traced: TracedCase,
  seeds: Record<string, Tensor>,
  backend?: Backend,
  looser: Partial<Bound> = {},
): Promise<void> {
  const limits = { ...bound, ...looser };
  const tensors = readings(golden, traced, seeds);
  const cotangents = Object.fromEntries(Object.entries(golden.cotangents).map(([name, cot]) => [`cot/${name}`, cot]));
  const feeds = { ...golden.parameters, ...golden.inputs, ...cotangents };
  const expected = backend ? golden.float32 : golden.float64;
  expect(Object.keys(tensors).sort()).toEqual(Object.keys(expected).sort());
  const names = Object.keys(tensors);
  const found = backend
    ? await runLowered(backend, tensors, feeds)
    : Object.fromEntries(interpret(Object.values(tensors), feeds).map((one, i) => [names[i], one]));
  for (const name of names) {
    const limit = backend ? (name.startsWith('out/') ? limits.output : limits.gradient) : limits.float64;
    expectNear(name, found[name], expected[name], limit);
  }
}
