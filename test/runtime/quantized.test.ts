/** Products with int8 weights: what is rounded, what is exact, and that no row depends on another. */
import { describe, expect, test, vi } from 'vitest';
import { add, input, interpret, reshape, type Tensor, topological, value } from '../../src/graph/index.ts';
import { checkConfig } from '../../src/models/families/check-config.ts';
import { graphInputs } from '../../src/models/inputs/input-spec.ts';
import { Trace } from '../../src/nn/index.ts';
import { lower } from '../../src/onnx/index.ts';
import { embedding, linear, matmul, quantizedMatmul, quantizeRows, weightSteps } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { quantizableInputs, quantizedGraph } from '../../src/runtime/quantized-graph.ts';
import { QuantizedMatrix, QuantizedWeights, weightLength } from '../../src/runtime/quantized-weights.ts';
import { SharedWeights } from '../../src/runtime/shared-weights.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { drawFloats } from '../ops/draw.ts';
import { f32, host } from './backend-case.ts';

const engines = { node: nodeBackend(), wasm: webBackend() };
const [inner, outer] = [33, 17];
/** Of matrices: neither, one or both sizes are 1, and more than the other. */
const shapes = [
  [1, 1],
  [1, 9],
  [9, 1],
  [6, 10],
  [10, 6],
  [8, 8],
] as const;
const numbers = drawFloats('w', inner * outer);
const matrix = QuantizedMatrix.of(numbers, [outer, inner], 0);
const weights = new QuantizedWeights(
  new Map<string, Float32Array | QuantizedMatrix>([
    ['w', matrix],
    ['b', drawFloats('b', outer)],
  ]),
);
const layer = (): Tensor => linear(input('x', ['rows', inner]), input('w', [outer, inner]), input('b', [outer]));

async function rowsOf(y: Tensor, rows: number, x: Float32Array, engine = engines.node): Promise<Float32Array> {
  const shared = new SharedWeights(engine, weights);
  const program = await shared.compile({ y }, { threads: 1 });
  const results = await program.run({ x: f32([rows, x.length / rows], x) });
  await program.dispose();
  await shared.dispose();
  return host(results.y).data as Float32Array;
}

describe('a quantized matrix', () => {
  test.each([0, 1] as const)('is within half a step of its numbers, along axis %d', (axis) => {
    const { data, scale, ...made } = QuantizedMatrix.of(numbers, [outer, inner], axis);
    expect(scale).toHaveLength(axis === 0 ? outer : inner);
    const widened = new QuantizedMatrix(made.shape, data, scale, axis).widened();
    widened.forEach((x, at) => {
      const step = scale[axis === 0 ? Math.floor(at / inner) : at % inner];
      expect(Math.abs(x - numbers[at])).toBeLessThanOrEqual(step * 0.5001);
      expect(Math.abs(data[at])).toBeLessThanOrEqual(weightSteps);
    });
  });

  test.each([0, 1] as const)('made of its own numbers is the same, bit for bit, along axis %d', (axis) => {
    for (let seed = 0; seed < 50; seed++) {
      const drawn = drawFloats(`again ${seed}`, 60).map((x) => x * 10 ** ((seed % 20) - 10));
      const once = QuantizedMatrix.of(drawn, [6, 10], axis);
      const again = QuantizedMatrix.of(once.widened(), [6, 10], axis);
      expect([again.data, again.scale]).toEqual([once.data, once.scale]);
    }
  });

  test.each([0, 1] as const)('is the definition number by number, in any shape, along axis %d', (axis) => {
    for (const shape of shapes) {
      const drawn = drawFloats(`shape ${shape}`, shape[0] * shape[1]);
      const made = QuantizedMatrix.of(drawn, shape, axis);
      const place = (at: number) => (axis === 0 ? Math.floor(at / shape[1]) : at % shape[1]);
      const scale = Float32Array.from({ length: shape[axis] }, (_, k) =>
        drawn.reduce((most, x, at) => (place(at) === k ? Math.max(most, Math.abs(x)) : most), 0),
      ).map((most) => most / weightSteps);
      const data = Int8Array.from(drawn, (x, at) => Math.round(x / scale[place(at)]));
      expect([made.scale, made.data]).toEqual([scale, data]);
      expect(made.widened()).toEqual(Float32Array.from(data, (x, at) => x * scale[place(at)]));
      const turned = Float32Array.from(drawn, (_, at) => drawn[(at % shape[0]) * shape[1] + Math.floor(at / shape[0])]);
      const opposite = axis === 0 ? 1 : 0;
      const { data: columns, scale: same } = QuantizedMatrix.of(turned, [shape[1], shape[0]], opposite);
      expect([made.transposed().data, made.transposed().scale, made.transposed().axis]).toEqual([
        columns,
        same,
        opposite,
      ]);
    }
  });

  test('rounds numbers at and beside every half step as Math.round does', () => {
    const [number, bits] = [new Float32Array(1), new Uint32Array(1)];
    const beside = (x: number, steps: number): number => {
      number[0] = x;
      bits.set(new Uint32Array(number.buffer));
      return new Float32Array(Uint32Array.of(bits[0] + steps).buffer)[0];
    };
    for (const step of drawFloats('steps', 200).map((x, i) => Math.abs(x) * 10 ** ((i % 80) - 40))) {
      const halves = Array.from({ length: 2 * weightSteps }, (_, k) => (k - weightSteps + 0.5) * step);
      const near = halves.flatMap((half) => [-1, 0, 1].map((steps) => beside(half, steps)));
      const drawn = Float32Array.of(step * weightSteps, ...near);
      const { data, scale } = QuantizedMatrix.of(drawn, [1, drawn.length], 0);
      expect(data).toEqual(Int8Array.from(drawn, (x) => (scale[0] === 0 ? 0 : Math.round(x / scale[0]))));
    }
  });

  test('has rows of zeros where its numbers have', () => {
    const { data, scale } = QuantizedMatrix.of(Float32Array.of(0, 0, 1, -2), [2, 2], 0);
    expect([...data, ...scale]).toEqual([0, 0, 32, -64, 0, 2 / 64]);
  });
});

describe.each(Object.entries(engines))('on %s', (_, engine) => {
  test('the largest products of integers are exact: no pair of them saturates', async () => {
    const [rows, width, columns] = [5, 300, 64];
    const bytes = Uint8Array.from({ length: rows * width }, (_, at) => (at % 7 === 0 ? 1 : 255));
    const steps = Int8Array.from({ length: width * columns }, (_, at) => (at % 11 === 0 ? -64 : 64));
    const y = quantizedMatmul(
      input('bytes', ['rows', width], 'uint8'),
      input('scale', ['rows', 1]),
      input('w', [width, columns], 'int8'),
      input('columns', [columns]),
    );
    const { bytes: model } = lower(
      { y },
      {
        w: { shape: [width, columns], data: steps },
        columns: { shape: [columns], data: new Float32Array(columns).fill(1) },
      },
    );
    const program = await engine.compile(model, { threads: 1 });
    const results = await program.run({
      bytes: { type: 'uint8', shape: [rows, width], data: bytes },
      scale: f32([rows, 1], new Float32Array(rows).fill(1)),
    });
    const expected = Float32Array.from({ length: rows * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      let sum = 0;
      for (let i = 0; i < width; i++) sum += (bytes[row * width + i] - 128) * steps[i * columns + column];
      return sum;
    });
    expect(host(results.y).data).toEqual(expected);
    await program.dispose();
  });

  test('a linear layer gives the numbers of the definition', async () => {
    const x = drawFloats('x', 4 * inner);
    const { outputs, values } = quantizedGraph([layer()], weights);
    const feeds = {
      x: value([4, inner], x),
      b: value([outer], weights.get('b') ?? []),
      ...Object.fromEntries(
        Object.entries(values).map(([name, { shape, data }]) => [
          name,
          value(shape, data, data instanceof Int8Array ? 'int8' : 'float'),
        ]),
      ),
    };
    const [expected] = interpret(outputs, feeds);
    const found = await rowsOf(layer(), 4, x, engine);
    found.forEach((y, at) => {
      expect(Math.abs(y - expected.data[at])).toBeLessThan(1e-5);
    });
  });

  test('a row has the same result alone and beside any others, to the bit', async () => {
    const rows = 37;
    // One row is far larger than the others: one scale for all would leave nothing of them.
    const x = drawFloats('rows', rows * inner).map((one, at) => (Math.floor(at / inner) === 5 ? one * 1e4 : one));
    const all = await rowsOf(layer(), rows, x, engine);
    for (const row of [0, 4, 5, 36]) {
      const alone = await rowsOf(layer(), 1, x.slice(row * inner, (row + 1) * inner), engine);
      expect(alone).toEqual(all.slice(row * outer, (row + 1) * outer));
    }
  });
});

test('node and wasm agree', async () => {
  const x = drawFloats('x', 9 * inner);
  const [node, wasm] = [await rowsOf(layer(), 9, x), await rowsOf(layer(), 9, x, engines.wasm)];
  node.forEach((y, at) => {
    expect(Math.abs(y - wasm[at])).toBeLessThan(1e-5);
  });
});

describe('the weights that can be quantized', () => {
  const w = () => input('w', [outer, inner]);
  const x = input('x', ['rows', inner]);
  const ids = input('ids', ['rows'], 'int32');

  test('are factors and tables, each with the axis of its outputs or rows', () => {
    const [a, b, t] = [w(), input('b', [inner, outer]), input('t', [9, 4])];
    const outputs = [linear(x, a), matmul(x, b, {}), embedding(t, ids, { paddingRow: 0 })];
    expect(Object.fromEntries(quantizableInputs(outputs))).toEqual({ w: 0, b: 1, t: 0 });
  });

  test('are not those with another use, or with two axes, and not vectors', () => {
    const [a, b] = [w(), input('b', [outer])];
    expect([...quantizableInputs([linear(x, a, b), matmul(a, x, { transposeB: true })])]).toEqual([]);
    const c = input('c', [inner, inner]);
    expect([...quantizableInputs([matmul(x, c, {}), linear(x, c)])]).toEqual([]);
    expect([...quantizableInputs([linear(x, a), a])]).toEqual([]);
  });

  test('are read in float32 where a graph uses them in another way', async () => {
    const y = matmul(input('x', ['rows', outer]), input('w', [outer, inner]), {});
    const x = drawFloats('other', 2 * outer);
    const found = await rowsOf(y, 2, x);
    const widened = matrix.widened();
    found.forEach((one, at) => {
      let sum = 0;
      for (let i = 0; i < outer; i++) sum += x[Math.floor(at / inner) * outer + i] * widened[i * inner + (at % inner)];
      expect(Math.abs(one - sum)).toBeLessThan(1e-5);
    });
  });
});

test('the length of a weight is known without its numbers', () => {
  const widened = vi.spyOn(QuantizedMatrix.prototype, 'widened');
  expect(['w', 'b', 'none'].map((name) => weightLength(weights, name))).toEqual([inner * outer, outer, undefined]);
  expect(weightLength(new Map([['b', new Float32Array(3)]]), 'b')).toBe(3);
  expect(widened).not.toHaveBeenCalled();
  widened.mockRestore();
});

test('a bias of zeros is not added, in any shape; another is', () => {
  const biased = new QuantizedWeights(
    new Map<string, Float32Array | QuantizedMatrix>([
      ['w', matrix],
      ['none', new Float32Array(outer)],
      ['b', drawFloats('b', outer)],
    ]),
  );
  const sums = (bias: Tensor): number => {
    const y = linear(input('x', ['rows', inner]), input('w', [outer, inner]), bias);
    return topological(quantizedGraph([y], biased).outputs).filter((node) => node.op === add.op).length;
  };
  expect(sums(input('none', [outer]))).toBe(0);
  expect(sums(reshape(input('none', [1, outer]), { shape: [outer] }))).toBe(0);
  expect(sums(input('b', [outer]))).toBe(1);
  expect(sums(input('fed', [outer]))).toBe(1);
});

test('one quantization of a row serves query, key and value', () => {
  const sizes = { hidden_size: 8, num_hidden_layers: 3, num_attention_heads: 2, intermediate_size: 12 };
  const { model } = checkConfig({ model_type: 'bert', vocab_size: 11, ...sizes }, 'tiny', { isStrict: true });
  const { root, parameters } = new Trace({ isTapped: false });
  const outputs = Object.values(model.outputs(root, model.run(root, graphInputs(model.inputs))));
  const all = new QuantizedWeights(
    new Map(
      [...quantizableInputs(outputs)].map(([name, axis]) => {
        const [rows, columns] = parameters.get(name)?.shape ?? [];
        return [name, QuantizedMatrix.of(drawFloats(name, rows * columns), [rows, columns], axis)];
      }),
    ),
  );
  const graph = quantizedGraph(outputs, all).outputs;
  const { outputs: lowered } = lower(Object.fromEntries(graph.map((y, i) => [String(i), y])));
  const count = (op: object) => topological([...lowered.values()]).filter((node) => node.op === op).length;
  // Query, key, value, output and both layers of the network of each block, and the pooler.
  expect(count(quantizedMatmul.op)).toBe(3 * 6 + 1);
  expect(count(quantizeRows.op)).toBe(3 * 4 + 1);
});
