import { describe, expect, test } from 'vitest';
import {
  add,
  constantTensor,
  gradient,
  input,
  interpret,
  mul,
  reshape,
  scanOp,
  simplify,
  sum,
  type Tensor,
  topological,
  value,
} from '../../src/graph/index.ts';
import { type Cell, type CellName, cells, recurrent, recurrentCell, Trace } from '../../src/nn/index.ts';
import { cast, less, tanh } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { webBackend } from '../../src/runtime/web.ts';
import { drawFloats } from '../ops/draw.ts';
import { expectGolden, type GoldenCase, goldenCases, goldenSettings, type TracedCase } from './golden-case.ts';

interface Setting {
  readonly kind: string;
  readonly input_size: number;
  readonly hidden_size: number;
  readonly num_layers?: number;
  readonly bidirectional?: boolean;
}

const settings = await goldenSettings<Setting>('rnn');
const cases = await goldenCases('rnn', (parameters) => parameters);

const cellOf = (kind: string): CellName => kind.replace(/_cell$/, '').replace(/^rnn$/, 'rnn_tanh') as CellName;

/** 1 where a row of `lengths` (int32 [B]) has text, [B, T]. */
function maskOf(lengths: Tensor, time: number): Tensor {
  const [rows] = lengths.shape;
  const at = constantTensor(
    Array.from({ length: time }, (_, t) => t),
    [1, time],
    'int32',
  );
  return cast(less(at, reshape(lengths, { shape: [rows, 1] })), { dtype: 'float' });
}

function trace(name: string, { inputs: given }: GoldenCase): TracedCase {
  const { kind, input_size: inputSize, hidden_size: hiddenSize, num_layers, bidirectional } = settings[name];
  const trace = new Trace();
  const inputs = Object.fromEntries(
    Object.entries(given).map(([key, { shape, dtype }]) => [key, input(key, shape, dtype)]),
  );
  const parameters = () => Object.fromEntries([...trace.parameters].map(([key, { tensor }]) => [key, tensor]));
  const cell = cellOf(kind);
  if (name.endsWith('_cell')) {
    const names = ['h', 'c'].filter((key) => key in inputs);
    const states = recurrentCell(
      trace.root,
      { cell: cellOf(name), inputSize, hiddenSize },
      inputs.x,
      names.map((key) => inputs[key]),
    );
    return { inputs, outputs: Object.fromEntries(names.map((key, i) => [key, states[i]])), parameters: parameters() };
  }
  const names = ['h', 'c'].filter((key) => `${key}0` in inputs);
  const { lengths } = inputs;
  const { output, states } = recurrent(
    trace.root,
    { cell, inputSize, hiddenSize, layers: num_layers, isBidirectional: bidirectional },
    inputs.x,
    {
      initial: names.map((key) => inputs[`${key}0`]),
      ...(lengths && { mask: maskOf(lengths, given.x.shape[1]) }),
    },
  );
  const ends = Object.fromEntries(names.map((key, i) => [`${key}_n`, states[i]]));
  return { inputs, outputs: { y: output, ...ends }, parameters: parameters() };
}

const seedsFor = ({ outputs }: TracedCase) =>
  Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, input(`cot/${name}`, shape)]));

describe('recurrent layers', () => {
  test('every case of the golden is tested', () =>
    expect([...cases.keys()].sort()).toEqual(Object.keys(settings).sort()));

  test.each([...cases])('%s: float64 gives what PyTorch gives, gradients included', async (name, golden) => {
    const traced = trace(name, golden);
    await expectGolden(golden, traced, seedsFor(traced));
  });

  for (const backend of [nodeBackend(), webBackend({ threads: 1 })]) {
    test.each([...cases])(`%s: ${backend.name} gives what PyTorch gives, gradients included`, async (name, golden) => {
      const traced = trace(name, golden);
      await expectGolden(golden, traced, seedsFor(traced), backend);
    });
  }
});

const [B, T, I, H] = [2, 3, 2, 3];

/** Draws a value for every parameter and for `x`. */
function feedsFor(trace: Trace, key: string) {
  const draw = (name: string, shape: readonly number[]) =>
    value(
      shape,
      drawFloats(
        `${key} ${name}`,
        shape.reduce((n, size) => n * size, 1),
      ),
    );
  const parameters = [...trace.parameters].map(([name, { shape }]) => [name, draw(name, shape)] as const);
  return { x: draw('x', [B, T, I]), ...Object.fromEntries(parameters) };
}

describe('cells without a twin in PyTorch', () => {
  test('the reset gate before the product: Cho et al. 2014, eq. 5 to 8', () => {
    const trace = new Trace();
    const x = input('x', [B, T, I]);
    const { output } = recurrent(trace.root, { cell: 'gru_reset_before', inputSize: I, hiddenSize: H }, x);
    const feeds: Record<string, ReturnType<typeof value>> = feedsFor(trace, 'gru');
    const [y] = interpret([output], feeds);
    const at = (name: string, row: number, column: number, width: number) => feeds[name].data[row * width + column];
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    for (let b = 0; b < B; b++) {
      let h = new Array<number>(H).fill(0);
      for (let t = 0; t < T; t++) {
        const from = (row: number, state: readonly number[]) =>
          Array.from({ length: I }, (_, i) => at('weight_ih_l0', row, i, I) * feeds.x.data[(b * T + t) * I + i]).reduce(
            (a, v) => a + v,
          ) +
          state.map((v, i) => at('weight_hh_l0', row, i, H) * v).reduce((a, v) => a + v) +
          feeds.bias_ih_l0.data[row] +
          feeds.bias_hh_l0.data[row];
        const before = h;
        const r = before.map((_, j) => sigmoid(from(j, before)));
        const u = before.map((_, j) => sigmoid(from(H + j, before)));
        const n = before.map((_, j) =>
          Math.tanh(
            from(
              2 * H + j,
              before.map((v, i) => v * r[i]),
            ),
          ),
        );
        h = before.map((v, j) => (1 - u[j]) * n[j] + u[j] * v);
        h.forEach((v, j) => expect(y.data[(b * T + t) * H + j]).toBeCloseTo(v, 12));
      }
    }
  });

  test('a layer-norm LSTM: the size of what is normalised changes nothing, the scale after it does', () => {
    const trace = new Trace();
    const x = input('x', [B, T, I]);
    const { output } = recurrent(trace.root, { cell: 'layer_norm_lstm', inputSize: I, hiddenSize: H }, x);
    const feeds: Record<string, ReturnType<typeof value>> = feedsFor(trace, 'ln');
    const [y] = interpret([output], feeds);
    const times = (name: string, factor: number) => ({
      [name]: value(
        feeds[name].shape,
        feeds[name].data.map((v) => v * factor),
      ),
    });
    const [scaled] = interpret([output], { ...feeds, ...times('weight_ih_l0', 1e3) });
    expect(Math.max(...y.data.map((v, i) => Math.abs(v - scaled.data[i])))).toBeLessThan(1e-3);
    const [other] = interpret([output], { ...feeds, ...times('norm_c_weight_l0', 2) });
    expect(Math.max(...y.data.map((v, i) => Math.abs(v - other.data[i])))).toBeGreaterThan(1e-3);
  });

  test('a cell of one’s own needs no more than its row', () => {
    const leaky: Cell = {
      gates: 1,
      states: 1,
      biasPlace: 'input',
      step: (weights, z, [h]) => [add(mul(h, 0.9), mul(tanh(add(z, weights.recurrent(h))), 0.1))],
    };
    const trace = new Trace();
    const { output } = recurrent(trace.root, { cell: leaky, inputSize: I, hiddenSize: H }, input('x', [B, T, I]));
    const [y] = interpret([output], feedsFor(trace, 'leaky'));
    expect(Math.max(...y.data.map(Math.abs))).toBeLessThan(0.3);
    expect(Object.keys(cells)).toHaveLength(6);
  });

  test('a cell of one’s own, with a parameter of its own, reads in both directions as in each alone', () => {
    const shifted: Cell = {
      gates: 1,
      states: 1,
      biasPlace: 'step',
      step: (weights, z, [h]) => {
        const shift = weights.parameter('shift', [H], () => new Float32Array(H));
        return [tanh(add(add(mul(h, 0.5), weights.gateInputs(h, z)), reshape(shift, { shape: [...shift.shape, 1] })))];
      },
    };
    const [both, alone] = [true, false].map((isBidirectional) => {
      const trace = new Trace();
      const config = { cell: shifted, inputSize: I, hiddenSize: H, isBidirectional };
      return { trace, ...recurrent(trace.root, config, input('x', [B, T, I])) };
    });
    const feeds: Record<string, ReturnType<typeof value>> = feedsFor(both.trace, 'shifted');
    const [y] = interpret([both.output], feeds);
    const backwards = (x: Float64Array, width: number) =>
      Float64Array.from(x, (_, i) => {
        const [row, t] = [Math.floor(i / (T * width)), Math.floor(i / width) % T];
        return x[(row * T + T - 1 - t) * width + (i % width)];
      });
    const ofSide = (suffix: string) =>
      Object.fromEntries(Object.keys(feeds).map((name) => [name, feeds[`${name}${suffix}`] ?? feeds[name]]));
    const x = value([B, T, I], backwards(Float64Array.from(feeds.x.data), I));
    const [first] = interpret([alone.output], feeds);
    const [second] = interpret([alone.output], { ...ofSide('_reverse'), x });
    const turned = backwards(Float64Array.from(second.data), H);
    y.data.forEach((found, i) => {
      const [token, j] = [Math.floor(i / (2 * H)), i % (2 * H)];
      expect(found).toBeCloseTo(j < H ? first.data[token * H + j] : turned[token * H + j - H], 12);
    });
  });

  test.each(Object.keys(cells) as CellName[])('%s gives the same in training and out of it, gradients too', (cell) => {
    const config = { cell, inputSize: I, hiddenSize: H, layers: 2, isBidirectional: true };
    const results = [true, false].map((isTraining) => {
      const trace = new Trace({ isTraining });
      const x = input('x', [B, T, I]);
      const { output } = recurrent(trace.root, config, x);
      const loss = sum(mul(output, output), { axes: [0, 1, 2] });
      const by = [x, ...[...trace.parameters.values()].map(({ tensor }) => tensor)];
      return interpret([output, ...(gradient(loss, by) as Tensor[])], feedsFor(trace, 'training'));
    });
    results[0].forEach(({ data }, i) => {
      expect(Math.max(...data.map((found, j) => Math.abs(found - results[1][i].data[j])))).toBeLessThan(1e-12);
    });
  });
});

test('both directions make each step together: one loop a layer', () => {
  const trace = new Trace();
  const config = { cell: 'gru', inputSize: I, hiddenSize: H, layers: 2, isBidirectional: true } as const;
  const { output } = recurrent(trace.root, config, input('x', [B, T, I]));
  expect(topological(simplify([output])).filter(({ op }) => op === scanOp)).toHaveLength(2);
});

describe('rows of several sequences', () => {
  test.each(Object.keys(cells) as CellName[])('%s: each is read as if it were alone, in both directions', (cell) => {
    const trace = new Trace();
    const [x, mask] = [input('x', ['rows', 'steps', I]), input('mask', ['rows', 'steps'])];
    const config = { cell, inputSize: I, hiddenSize: H, isBidirectional: true };
    const { output } = recurrent(trace.root, config, x, { mask, isPacked: true });
    const parameters = feedsFor(trace, 'packed');
    const all = drawFloats('packed', 7 * I);
    const read = (from: number, to: number, text: readonly number[]) =>
      interpret([output], {
        ...parameters,
        x: value([1, to - from, I], all.slice(from * I, to * I)),
        mask: value([1, to - from], text),
      })[0].data;
    const packed = read(0, 7, [1, 1, 1, 0, 1, 1, 0]);
    const alone = [...read(0, 3, [1, 1, 1]), ...Array(2 * H).fill(0), ...read(4, 6, [1, 1]), ...Array(2 * H).fill(0)];
    packed.forEach((x, i) => expect(Math.abs(x - alone[i])).toBeLessThan(1e-12));
  });
});

describe('dropout', () => {
  const masks = (config: Partial<Parameters<typeof recurrent>[1]>) => {
    const trace = new Trace({ isTraining: true });
    recurrent(trace.root, { cell: 'lstm', inputSize: I, hiddenSize: H, layers: 2, ...config }, input('x', [B, T, I]));
    return [...trace.randoms.values()].map(({ shape }) => shape);
  };

  test('stands between layers, one draw for every element', () => expect(masks({ dropout: 0.5 })).toEqual([[B, T, H]]));

  test('is one draw for all steps when it is variational', () =>
    expect(masks({ dropout: 0.5, isVariational: true })).toEqual([[B, 1, H]]));

  test('on the state is one draw for all steps of a layer', () =>
    expect(masks({ recurrentDropout: 0.5 })).toEqual([
      [H, B],
      [H, B],
    ]));

  test('on the states of both directions is one draw of both', () =>
    expect(masks({ recurrentDropout: 0.5, isBidirectional: true })).toEqual([
      [2, H, B],
      [2, H, B],
    ]));
});
