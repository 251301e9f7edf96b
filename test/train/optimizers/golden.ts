/** Reading `test/golden/nn`, and running update graphs on the interpreter and on an engine alike. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { interpret, type Tensor, type Value, value } from '../../../src/graph/index.ts';
import { lower } from '../../../src/onnx/index.ts';
import type { Backend } from '../../../src/runtime/backend.ts';
import { parseSafetensors } from '../../../src/weights/safetensors.ts';
import { fromHost, toHost } from '../../ops/engine.ts';

const path = (name: string): URL => new URL(`../../golden/nn/${name}`, import.meta.url);

export const goldenJson = (name: string): unknown => JSON.parse(readFileSync(path(`${name}.json`), 'utf8'));

/** Every tensor of a golden file as a value, int64 as int32. */
export function goldenValues(name: string): Record<string, Value> {
  const { tensors } = parseSafetensors(readFileSync(path(`${name}.safetensors`)), name);
  return Object.fromEntries(
    [...tensors].map(([key, { dtype, shape, data }]) => [
      key,
      value(shape, Float64Array.from(data as ArrayLike<number | bigint>, Number), dtype === 'I64' ? 'int32' : 'float'),
    ]),
  );
}

/** The entries below `prefix`, without it. */
export const below = (values: Readonly<Record<string, Value>>, prefix: string): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([key, x]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), x]] : [])),
  );

/** Runs one graph again and again. */
export interface Runner {
  run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>>;
  dispose(): Promise<void>;
}

export type Reading = (outputs: Readonly<Record<string, Tensor>>) => Promise<Runner>;

/** float64, plain loops. */
export const interpreted: Reading = async (outputs) => ({
  async run(feeds) {
    const results = interpret(Object.values(outputs), feeds);
    return Object.fromEntries(Object.keys(outputs).map((name, i) => [name, results[i]]));
  },
  async dispose() {},
});

const next = 'next/';

/** float32 on an engine, where an output may be named as an input. */
export const compiled =
  (backend: Backend): Reading =>
  async (outputs) => {
    const model = lower(Object.fromEntries(Object.entries(outputs).map(([name, y]) => [`${next}${name}`, y])));
    const program = await backend.compile(model.bytes, { threads: 1 });
    return {
      async run(feeds) {
        const read = Object.entries(feeds).filter(([name]) => model.inputs.has(name));
        const results = await program.run(Object.fromEntries(read.map(([name, fed]) => [name, toHost(fed)])));
        return Object.fromEntries(Object.entries(results).map(([name, y]) => [name.slice(next.length), fromHost(y)]));
      },
      dispose: () => program.dispose(),
    };
  };

export function expectNear(actual: Value, expected: Value, bound: number, what: string): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const worst = actual.data.reduce((most, x, i) => Math.max(most, Math.abs(x - expected.data[i])), 0);
  expect(actual.data.every(Number.isFinite) && worst <= bound, `${what}: off by ${worst}`).toBe(true);
}

/**
 * Bounds of the optimizers' goldens. PyTorch's own float32 run is within 1e-6 of its float64 one; constants and scalars
 * are float32 on the engine, and eight or ten updates add up.
 */
export const bounds = { float64: 1e-12, float32: 5e-6 } as const;
