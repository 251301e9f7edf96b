import { describe, expect, test } from 'vitest';
import { adviceOn, adviceRules, type MeasuredStep } from '../../../src/inspect/profile/advice.ts';

const size = { batch: 1, rows: 1024, inner: 1024, columns: 1024 };
const time = { step: 100, outside: 1, batches: 1, randomBytes: 2 };
/** Figures that call for nothing: large products near the machine's rate. */
const fine: MeasuredStep = {
  profile: {
    ...{
      updates: 20,
      recorded: 20,
      lanes: 1,
      threads: 2,
      time,
      recordedTime: time,
      between: 2,
      waiting: 1,
      calls: 900,
    },
    layers: [
      { name: 'encoder.layer.0', ms: 85, forward: 30, backward: 55 },
      { name: 'loss', ms: 2, forward: 1, backward: 1 },
      { name: 'optimizer', ms: 10, forward: 0, backward: 0 },
    ],
    kinds: [
      { name: 'matrix products', ms: 70 },
      { name: 'random numbers', ms: 3 },
      { name: 'elementwise', ms: 24 },
    ],
    products: { ms: 70, rate: 240, rows: 2048 },
    loops: { ms: 0, calls: 0, products: { ms: 0, rate: 0, rows: 0 } },
    nodes: [],
    largest: size,
  },
  bare: { size, rate: 300 },
  largest: { size, rate: 280 },
  tokens: 2048,
  padding: 0.05,
};
const { profile } = fine;
const withProfile = (changes: Partial<typeof profile>): MeasuredStep => ({
  ...fine,
  profile: { ...profile, ...changes },
});
const kinds = (name: string, ms: number) =>
  withProfile({
    kinds: [
      { name, ms },
      { name: 'elementwise', ms: 100 - ms },
    ],
  });
const layers = (name: string, ms: number) =>
  withProfile({
    layers: [
      { name, ms, forward: 0, backward: 0 },
      { name: 'h.0', ms: 97 - ms, forward: 0, backward: 0 },
    ],
  });
const loops = (ms: number, calls: number) =>
  withProfile({ loops: { ms, calls, products: { ms: 10, rate: 40, rows: 32 } } });
const products = (rate: number, rows: number) => withProfile({ products: { ms: 60, rate, rows } });
const outside = (ms: number, batches = 1) => withProfile({ time: { ...time, outside: ms, batches } });

/** By rule: figures that call for it with the figure that it must name, and figures just short of that. */
const cases: Readonly<Record<string, readonly [MeasuredStep, RegExp, readonly MeasuredStep[]]>> = {
  data: [outside(40), /^40 %.*waits for JavaScript\. Larger batches/, [outside(10)]],
  loops: [loops(50, 3000), /^52 %.*3,000 small nodes of 17 µs/, [loops(20, 3000), loops(50, 40), loops(60, 2000)]],
  'small batches': [products(60, 64), /at 20 %.*on 64 rows/, [products(200, 64), products(60, 2048)]],
  padding: [
    { ...fine, padding: 0.35 },
    /^35 %.*padding/,
    [
      { ...fine, padding: 0.15 },
      { ...fine, padding: undefined },
    ],
  ],
  dropout: [kinds('random numbers', 12), /^12 %.*masks, whose bytes .*2\.0 ms/, [kinds('random numbers', 5)]],
  vocabulary: [layers('loss', 50), /^52 %.*vocabulary/, [layers('loss', 20)]],
  optimizer: [layers('optimizer', 40), /^41 %.*optimizer/, [layers('optimizer', 15)]],
  engine: [
    { ...fine, otherEngine: 'openvino' },
    /^The engine openvino is on this machine.*--engine openvino/,
    [{ ...loops(50, 40), otherEngine: 'openvino' }],
  ],
};

test('every rule has a case here', () => expect(adviceRules.map(({ name }) => name)).toEqual(Object.keys(cases)));

test('where preparing data takes longer than the engine, larger batches are not advised', () => {
  const [{ text }] = adviceOn(outside(40, 70));
  expect(text).toMatch(
    /^40 %.*needs longer than the engine: 70\.0 ms for batches, 2\.0 ms for dropout's random bytes\.$/,
  );
});

test('a step without a weak place gets no advice', () => expect(adviceOn(fine)).toEqual([]));

describe.each(Object.entries(cases))('%s', (rule, [called, text, notCalled]) => {
  test('speaks where the figures call for it, with the figure, and alone', () => {
    const advice = adviceOn(called);
    expect(advice.map((one) => one.rule)).toEqual([rule]);
    expect(advice[0].text).toMatch(text);
  });
  test('is silent where they do not', () => {
    for (const step of notCalled) expect(adviceOn(step).filter((one) => one.rule === rule)).toEqual([]);
  });
});
