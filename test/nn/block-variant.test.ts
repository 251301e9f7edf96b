import { describe, expect, test } from 'vitest';
import { input, interpret, type Value, value } from '../../src/graph/index.ts';
import { type BlockConfig, feedForward, gates, noMask, rmsNorm, Trace, transformerBlock } from '../../src/nn/index.ts';
import { drawFloats } from '../ops/draw.ts';

const numbers = (name: string, shape: readonly number[]): Value =>
  value(
    shape,
    drawFloats(
      name,
      shape.reduce((n, size) => n * size, 1),
    ),
  );

const parametersOf = (trace: Trace): Record<string, Value> =>
  Object.fromEntries([...trace.parameters].map(([name, { shape }]) => [name, numbers(name, shape)]));

/** Φ(x), by its series. */
function normalDistribution(x: number): number {
  let [term, total] = [x, x];
  for (let n = 1; n < 60; n++) total += term *= (x * x) / (2 * n + 1);
  return 0.5 + (total * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

const gateFormulas: Readonly<Record<string, (x: number) => number>> = {
  bilinear: (x) => x,
  geglu: (x) => x * normalDistribution(x),
  glu: (x) => 1 / (1 + Math.exp(-x)),
  reglu: (x) => Math.max(x, 0),
  swiglu: (x) => x / (1 + Math.exp(-x)),
};

describe('a gated feed-forward network', () => {
  test('there is a formula for every gate', () =>
    expect(Object.keys(gates).sort()).toEqual(Object.keys(gateFormulas).sort()));

  test.each(Object.entries(gateFormulas))('%s is fc2(act(gate(x)) ⊙ fc1(x))', (activation, act) => {
    const [width, innerWidth] = [3, 5];
    const trace = new Trace();
    const y = feedForward(trace.root, { width, innerWidth, activation }, input('x', [1, 2, width]));
    const feeds: Record<string, Value> = { ...parametersOf(trace), x: numbers('x', [1, 2, width]) };
    const [{ data }] = interpret([y], feeds);
    const layer = (name: string, from: readonly number[]) =>
      Array.from(feeds[`${name}.bias`].data, (bias, o) =>
        from.reduce((total, one, i) => total + one * feeds[`${name}.weight`].data[o * from.length + i], bias),
      );
    for (let t = 0; t < 2; t++) {
      const x = [...feeds.x.data.subarray(t * width, (t + 1) * width)];
      const inner = layer('fc1', x);
      const expected = layer(
        'fc2',
        layer('gate', x).map((one, i) => act(one) * inner[i]),
      );
      expected.forEach((one, i) => expect(data[t * width + i]).toBeCloseTo(one, 10));
    }
  });
});

test('an rms norm divides by the root of the mean square, and has a scale alone', () => {
  const trace = new Trace();
  const y = rmsNorm(trace.root, { width: 2, eps: 0 }, input('x', [1, 2]));
  expect([...trace.parameters.keys()]).toEqual(['weight']);
  const [{ data }] = interpret([y], { x: value([1, 2], [3, -4]), weight: value([2], [1, 10]) });
  expect(data[0]).toBeCloseTo(3 / Math.sqrt(12.5), 12);
  expect(data[1]).toBeCloseTo(-40 / Math.sqrt(12.5), 12);
});

test.each(['layer_norm', 'rms_norm'] as const)('a block of %s has the parameters of that norm alone', (normType) => {
  const trace = new Trace();
  const config = {
    attention: { width: 4, heads: 2, headWidth: 3, headValueWidth: 5 },
    feedForward: { width: 4, innerWidth: 3, activation: 'swiglu' },
    normPlace: 'pre',
    normType,
    dropout: 0,
  } as const;
  transformerBlock(trace.root, config, input('x', [1, 2, 4]), noMask());
  const names = [...trace.parameters.keys()].filter((name) => name.includes('norm'));
  const bias = normType === 'layer_norm' ? ['bias'] : [];
  expect(names).toEqual(
    ['self_attn_layer_norm', 'final_layer_norm'].flatMap((norm) =>
      ['weight', ...bias].map((part) => `${norm}.${part}`),
    ),
  );
});

describe('a block', () => {
  const x = numbers('x', [1, 2, 4]);
  /** What a block gives, and its parameters' names. */
  function run(change: Partial<BlockConfig>, zero: (name: string) => boolean = () => false) {
    const trace = new Trace();
    const config: BlockConfig = {
      attention: { width: 4, heads: 2 },
      feedForward: { width: 4, innerWidth: 3, activation: 'gelu' },
      normPlace: 'none',
      dropout: 0,
      ...change,
    };
    const { output } = transformerBlock(trace.root, config, input('x', [1, 2, 4]), noMask());
    const parameters = Object.entries(parametersOf(trace)).map(([name, given]) =>
      zero(name) ? [name, { ...given, data: given.data.map(() => 0) }] : [name, given],
    );
    return {
      names: [...trace.parameters.keys()],
      data: [...interpret([output], { ...Object.fromEntries(parameters), x })[0].data],
    };
  }
  const isLast = (name: string) => name.startsWith('self_attn.out_proj') || name.startsWith('fc2');

  test('without normalisation has no parameters of one, and gives its input when its sublayers give zero', () => {
    expect(run({}).names.filter((name) => name.includes('norm'))).toEqual([]);
    expect(run({}, isLast).data).toEqual([...x.data]);
    expect(run({}).data).not.toEqual([...x.data]);
  });

  test('without residuals gives what its last sublayer gives alone', () => {
    expect(run({ hasResidual: false }, isLast).data).toEqual(Array(8).fill(0));
    const both = run({ hasResidual: false }).data;
    expect(both).not.toEqual(run({}).data);
    const isFirst = (name: string) => name.startsWith('self_attn.v_proj') || name === 'self_attn.out_proj.weight';
    // Without its values attention gives one vector everywhere, and nothing else is left of the input.
    const blind = run({ hasResidual: false }, isFirst).data;
    expect(blind.slice(0, 4)).toEqual(blind.slice(4));
    expect(both.slice(0, 4)).not.toEqual(both.slice(4));
  });
});
