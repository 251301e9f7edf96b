/** What a graph computes of weights alone, such as both directions of an LSTM side by side: once for all programs. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { add, elementCount, input, inputName, type Tensor, topological } from '../../src/graph/index.ts';
import { type CellName, recurrent, Trace } from '../../src/nn/index.ts';
import { concat, linear, matmul } from '../../src/ops/index.ts';
import type { Backend, HostTensor } from '../../src/runtime/backend.ts';
import { capiBackend } from '../../src/runtime/node/capi.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { drawFloats } from '../ops/draw.ts';
import { f32, fail, host } from './backend-case.ts';

const width = 256;
const given = { x: f32([2, 5, width], drawFloats('x', 10 * width)), mask: f32([2, 5], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]) };

/** The output of two layers, traced anew, as every program traces its own graph. */
function layers(cell: CellName, isBidirectional: boolean): Tensor {
  const [x, mask] = [input('x', ['batch', 'time', width]), input('mask', ['batch', 'time'])];
  const config = { cell, inputSize: width, hiddenSize: width, layers: 2, isBidirectional };
  return recurrent(new Trace().root, config, x, { mask }).output;
}

/** Random numbers for every input that is not fed. */
const weightsOf = (output: Tensor, fed: Readonly<Record<string, HostTensor>> = given): Map<string, Float32Array> =>
  new Map(
    topological([output]).flatMap(({ outputs: [tensor] }) => {
      const name = inputName(tensor);
      if (name === null || name in fed) return [];
      return [[name, drawFloats(name, elementCount(tensor.shape.map(Number))).map((x) => x / 8)]];
    }),
  );

/** The engine, and the size of every model that it compiles. */
function measured(): { backend: Backend; sizes: number[] } {
  const [engine, sizes]: [Backend, number[]] = [capiBackend(), []];
  const compile: Backend['compile'] = (model, options) => {
    sizes.push(model.length);
    return engine.compile(model, options);
  };
  return { backend: { ...engine, compile }, sizes };
}

/** The same engine, which stores the weights in each program. */
const withoutHolding = ({ holdWeights: _, ...engine }: Backend): Backend => engine;

async function resultOf(weights: SharedWeights, y: Tensor, fed: Readonly<Record<string, HostTensor>> = given) {
  const program = await weights.compile({ y }, { threads: 1 });
  const result = await program.run(fed);
  return { y: host(result.y), dispose: () => program.dispose() };
}

const cases = (['lstm', 'gru', 'gru_reset_before', 'rnn_tanh', 'layer_norm_lstm'] as const).flatMap((cell) =>
  [false, true].map((isBidirectional) => ({ cell, isBidirectional })),
);

describe.each(cases)('two layers of $cell, bidirectional: $isBidirectional', ({ cell, isBidirectional }) => {
  test('a further program costs at most 3 % of the weights and gives the same numbers, bit for bit', async () => {
    const numbers = weightsOf(layers(cell, isBidirectional));
    const bytes = [...numbers.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    const { backend, sizes } = measured();
    const shared = new SharedWeights(backend, numbers);
    const stored = new SharedWeights(withoutHolding(capiBackend()), numbers);
    const expected = await resultOf(stored, layers(cell, isBidirectional));
    const first = await resultOf(shared, layers(cell, isBidirectional));
    const before = sizes.length;
    const second = await resultOf(shared, layers(cell, isBidirectional));
    expect(sizes.length).toBe(before + 1);
    expect(sizes[before]).toBeLessThan(0.03 * bytes);
    expect([first.y, second.y]).toEqual([expected.y, expected.y]);
    for (const { dispose } of [first, second, expected]) await dispose();
    await Promise.all([shared.dispose(), stored.dispose()]);
  });
});

const n = 48;
const [a, b, x] = [() => input('a', [n, n]), () => input('b', [n, n]), () => input('x', ['rows', n])];
const fed = { x: f32([1, n], new Float32Array(n).fill(1)) };
const two = () => new Map(['a', 'b'].map((name) => [name, drawFloats(name, n * n)] as const));

test('programs compiled at the same time compute it once', async () => {
  const { backend, sizes } = measured();
  const weights = new SharedWeights(backend, two());
  const sum = () => linear(x(), add(a(), b()));
  const found = await Promise.all(Array.from({ length: 3 }, () => resultOf(weights, sum(), fed)));
  expect(sizes).toHaveLength(4);
  for (const { y, dispose } of found) {
    expect(y).toEqual(found[0].y);
    await dispose();
  }
  await weights.dispose();
});

test('expressions that differ in an op, an input, their order or an attribute are not confused', async () => {
  const numbers = two();
  const shared = new SharedWeights(capiBackend(), numbers);
  const stored = new SharedWeights(withoutHolding(capiBackend()), numbers);
  const products: readonly (() => Tensor)[] = [
    () => linear(x(), add(a(), b())),
    () => linear(x(), add(b(), a())),
    () => linear(x(), add(b(), 1)),
    () => linear(x(), add(a(), 1)),
    () => linear(x(), add(a(), 2)),
    () => linear(x(), matmul(a(), b(), {})),
    () => linear(x(), matmul(b(), a(), {})),
    () => linear(x(), matmul(a(), b(), { transposeB: true })),
    () => linear(x(), concat([a(), b()], { axis: 0 })),
    () => {
      const row = x();
      return linear(concat([row, row], { axis: 1 }), concat([a(), b()], { axis: 1 }));
    },
  ];
  for (const product of products) {
    const [found, expected] = [await resultOf(shared, product(), fed), await resultOf(stored, product(), fed)];
    expect(found.y).toEqual(expected.y);
    await Promise.all([found.dispose(), expected.dispose()]);
  }
  await Promise.all([shared.dispose(), stored.dispose()]);
});

test('an output that is computed of weights alone is given, and weights are computed anew after disposal', async () => {
  const weights = new SharedWeights(capiBackend(), two());
  const expected = two()
    .get('a')
    ?.map((value, i) => value + (two().get('b')?.[i] ?? 0));
  for (let i = 0; i < 2; i++) {
    const program = await weights.compile({ sum: add(a(), b()) });
    expect(await program.run({})).toEqual({ sum: f32([n, n], expected ?? []) });
    await program.dispose();
    await weights.dispose();
  }
});

test('a failure to compute it is reported by every program, and the next one tries again', async () => {
  const engine = capiBackend();
  let isBroken = true;
  const compile: Backend['compile'] = (model, options) =>
    isBroken ? Promise.reject(new Error('no memory')) : engine.compile(model, options);
  const weights = new SharedWeights({ ...engine, compile }, two());
  const sum = () => linear(x(), add(a(), b()));
  await expect(weights.compile({ y: sum() })).rejects.toThrow('no memory');
  isBroken = false;
  const { y, dispose } = await resultOf(weights, sum(), fed);
  expect(y.shape).toEqual([1, n]);
  await dispose();
  await weights.dispose();
});

test('a program keeps what it reads alive when nothing else does', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const compiled = async () => {
    const weights = two();
    const program = await new SharedWeights(capiBackend(), weights).compile({ y: linear(x(), a()) }, { threads: 1 });
    return { program, memory: new WeakRef(weights.get('a') ?? fail('no weights')) };
  };
  const { program, memory } = await compiled();
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
  }
  expect(memory.deref()).toBeDefined();
  await program.run(fed);
  await program.dispose();
});
