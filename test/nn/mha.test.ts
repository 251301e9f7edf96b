import { describe, expect, test } from 'vitest';
import {
  constantTensor,
  gradient,
  input,
  interpret,
  mul,
  reshape,
  simplify,
  sum,
  type Tensor,
  topological,
  value,
} from '../../src/graph/index.ts';
import { attend, keyValue, multiHeadAttention, noMask, queries, Trace } from '../../src/nn/index.ts';
import { cast, mean, slice, sub } from '../../src/ops/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { drawFloats } from '../ops/draw.ts';
import {
  expectGolden,
  type GoldenCase,
  goldenCases,
  goldenSettings,
  splitProjections,
  type TracedCase,
} from './golden-case.ts';

interface Setting {
  readonly embed_dim: number;
  readonly num_heads: number;
  readonly kdim?: number;
  readonly vdim?: number;
  readonly bias?: boolean;
  readonly average_attn_weights: boolean;
}

const settings = await goldenSettings<Setting>('mha');
const cases = await goldenCases('mha', splitProjections);

/** The masks of a case as attention reads them: PyTorch's boolean is true where attention is forbidden. */
function masksOf(inputs: Readonly<Record<string, Tensor>>, heads: number): { mask: Tensor; bias?: Tensor } {
  const allowed = (forbidden: Tensor, shape: Tensor['shape']) =>
    reshape(sub(1, cast(forbidden, { dtype: 'float' })), { shape });
  const { key_padding_mask: padding, attn_mask: pairs } = inputs;
  if (padding) return { mask: allowed(padding, [padding.shape[0], 1, 1, padding.shape[1]]) };
  if (pairs.dtype === 'bool') return { mask: allowed(pairs, [1, 1, ...pairs.shape]) };
  const [, target, source] = pairs.shape;
  return { mask: noMask(), bias: reshape(pairs, { shape: [inputs.q.shape[0], heads, target, source] }) };
}

function trace(name: string, { inputs: given }: GoldenCase): TracedCase {
  const trace = new Trace();
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  );
  const { q, k = q, v = k } = inputs;
  const { embed_dim: width, num_heads: heads, ...setting } = settings[name];
  const { mask, bias } = masksOf(inputs, heads);
  const config = {
    width,
    heads,
    keyWidth: setting.kdim ?? width,
    valueWidth: setting.vdim ?? width,
    hasBias: setting.bias ?? true,
  };
  const { output, weights } = attend(
    trace.root,
    config,
    queries(trace.root, config, q),
    keyValue(trace.root, config, k, v),
    mask,
    {
      ...(bias && { bias: () => bias }),
    },
  );
  return {
    inputs,
    outputs: { y: output, weights: setting.average_attn_weights ? mean(weights, { axes: [1] }) : weights },
    parameters: Object.fromEntries([...trace.parameters].map(([name, { tensor }]) => [name, tensor])),
  };
}

const seedsFor = ({ outputs }: TracedCase) =>
  Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, input(`cot/${name}`, shape)]));

describe('multi-head attention', () => {
  test('every case of the golden is tested', () =>
    expect([...cases.keys()].sort()).toEqual(Object.keys(settings).sort()));

  test.each([...cases])('%s: float64 gives what PyTorch gives, gradients included', async (name, golden) => {
    const traced = trace(name, golden);
    await expectGolden(golden, traced, seedsFor(traced));
  });

  test.each([...cases])('%s: an engine gives what PyTorch gives, gradients included', async (name, golden) => {
    const traced = trace(name, golden);
    await expectGolden(golden, traced, seedsFor(traced), nodeBackend());
  });

  test('heads may have values of another width than keys, and neither must divide the model', () => {
    const trace = new Trace();
    const config = { width: 5, heads: 2, headWidth: 3, headValueWidth: 4, hasBias: false };
    const x = input('x', [1, 2, 5]);
    const { output, weights } = multiHeadAttention(trace.root, config, x, noMask());
    const shapes = Object.fromEntries([...trace.parameters].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      'q_proj.weight': [6, 5],
      'k_proj.weight': [6, 5],
      'v_proj.weight': [8, 5],
      'out_proj.weight': [5, 8],
    });
    const feeds = Object.fromEntries(
      [['x', [1, 2, 5]] as const, ...Object.entries(shapes)].map(([name, shape]) => [
        name,
        value(
          shape,
          drawFloats(
            name,
            shape.reduce((n, size) => n * size, 1),
          ),
        ),
      ]),
    );
    const [y, w] = interpret([output, weights], feeds);
    const row = (name: string, i: number, n: number) => feeds[name].data.subarray(i * n, (i + 1) * n);
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((total, one, i) => total + one * b[i], 0);
    const project = (name: string, at: number) =>
      Float64Array.from({ length: shapes[name][0] }, (_, o) => dot(row(name, o, 5), row('x', at, 5)));
    for (let t = 0; t < 2; t++) {
      const context = [0, 1].flatMap((h) => {
        const query = project('q_proj.weight', t).subarray(h * 3, h * 3 + 3);
        const scores = [0, 1].map(
          (s) => dot(query, project('k_proj.weight', s).subarray(h * 3, h * 3 + 3)) / Math.sqrt(3),
        );
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
        const p = scores.map((score) => Math.exp(score) / total);
        p.forEach((one, s) => expect(w.data[h * 4 + t * 2 + s]).toBeCloseTo(one, 12));
        return [0, 1, 2, 3].map((i) =>
          p.reduce((sum, one, s) => sum + one * project('v_proj.weight', s)[h * 4 + i], 0),
        );
      });
      for (let d = 0; d < 5; d++) {
        expect(y.data[t * 5 + d]).toBeCloseTo(dot(row('out_proj.weight', d, 8), Float64Array.from(context)), 12);
      }
    }
  });

  test('multiplies the context, not the weights, by the rows that attend to anything', () => {
    const trace = new Trace({ isTraining: true });
    const [batch, time, heads] = [2, 5, 3];
    const x = input('x', [batch, time, 12]);
    const mask = input('mask', [batch, 1, 1, time]);
    const { output } = multiHeadAttention(trace.root, { width: 12, heads, dropout: 0.1 }, x, mask);
    const made = gradient(sum(output, { axes: [0, 1, 2] }), [x]) as [Tensor];
    const passes = topological(simplify([output, ...made])).filter(
      ({ op, outputs: [{ shape }] }) => op === mul.op && String(shape) === String([batch, heads, time, time]),
    );
    // Dropout's three, and the two of the softmax's gradient.
    expect(passes).toHaveLength(5);
  });

  test.each([0, 0.5])('gives zeros and no gradient where a query attends to nothing, with dropout %s', (dropout) => {
    const trace = new Trace({ isTraining: true });
    const x = input('x', [1, 3, 4]);
    const mask = constantTensor([0, 0, 0, 1, 0, 0, 1, 1, 0], [1, 1, 3, 3]);
    const { output, weights } = multiHeadAttention(
      trace.root,
      { width: 4, heads: 2, hasBias: false, dropout },
      x,
      mask,
    );
    const first = sum(slice(output, { axis: 1, start: 0, end: 1 }), { axes: [0, 1, 2] });
    const names = [...trace.parameters.keys()];
    const gradients = gradient(
      first,
      names.map((name) => trace.parameters.get(name)?.tensor as Tensor),
    ).map((g) => g as Tensor);
    const feeds = {
      x: value([1, 3, 4], drawFloats('x', 12)),
      ...Object.fromEntries(names.map((name) => [name, value([4, 4], drawFloats(name, 16))])),
      ...Object.fromEntries(
        [...trace.randoms].map(([name, { shape }]) => [
          name,
          value(
            shape as number[],
            Float64Array.from({ length: 18 }, (_, i) => (37 * i) % 256),
            'uint8',
          ),
        ]),
      ),
    };
    const [shown, row, ...found] = interpret([weights, first, ...gradients], feeds);
    expect([...shown.data.subarray(0, 3), ...row.data].every((number) => number === 0)).toBe(true);
    for (const { data } of found) expect(data.every((number) => number === 0)).toBe(true);
  });
});
