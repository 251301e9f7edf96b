import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradient, input, interpret, type Tensor, type Value, value } from '../../src/graph/index.ts';
import {
  type AttentionConfig,
  alibiSlopes,
  attend,
  type KeyValue,
  noMask,
  type PositionConfig,
  placesFrom0,
  positionBucket,
  positionSchemes,
  queries,
  relationAt,
  Trace,
} from '../../src/nn/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { drawFloats } from '../ops/draw.ts';
import { runLowered } from '../ops/engine.ts';
import { goldenValues } from './golden-case.ts';

const golden = await goldenValues('positions.safetensors');

describe("T5's buckets", () => {
  // A table's name says how it is made: `t5_bucket/causal_32_128`.
  const named = Object.keys(golden).flatMap((name) => [.../^t5_bucket\/(\w+)_(\d+)_(\d+)$/g[Symbol.matchAll](name)]);

  test.each(
    named.map(([name, direction, count, most]) => ({ name, direction, count: Number(count), most: Number(most) })),
  )('$name are those of Transformers at distances as far behind as ahead', ({ name, direction, count, most }) => {
    const buckets = { count, maxDistance: most, isBidirectional: direction === 'bidirectional' };
    const expected = [...golden[name].data];
    const farthest = (expected.length - 1) / 2;
    expect(expected.map((_, i) => positionBucket(i - farthest, buckets))).toEqual(expected);
  });

  test('are tested in both directions', () => {
    expect(new Set(named.map(([, direction]) => direction))).toEqual(new Set(['bidirectional', 'causal']));
  });
});

test("ALiBi's slopes are the paper's for 8 heads, and for 6 those of 4 and every second of 8", () => {
  expect(alibiSlopes(8)).toEqual([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]);
  expect(alibiSlopes(6)).toEqual([1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2, 1 / 8]);
});

const [B, H, T, S, K, Kv] = [2, 3, 4, 6, 4, 2];
const config: PositionConfig = { width: 8, heads: H, headWidth: K, headValueWidth: Kv, isCausal: false, rows: 9 };
const attentionConfig: AttentionConfig = { width: 8, heads: H, headWidth: K, headValueWidth: Kv, hasBias: false };

const numbers = (name: string, shape: readonly number[]): Value =>
  value(
    shape,
    drawFloats(
      name,
      shape.reduce((n, size) => n * size, 1),
    ),
  );

/** Where the queries and keys of each sentence stand: any order, repeats, gaps. */
const places = {
  query: [
    [0, 3, 2, 7],
    [5, 5, 1, 0],
  ],
  key: [
    [0, 1, 2, 3, 4, 5],
    [8, 0, 4, 4, 1, 7],
  ],
};

interface Traced {
  readonly outputs: readonly Tensor[];
  /** All that has a gradient. */
  readonly trained: Readonly<Record<string, Tensor>>;
  readonly feeds: Readonly<Record<string, Value>>;
}

/** Attention over given keys and values with a scheme: its output, and numbers for all that it reads. */
function traceAttention(name: string, options: Readonly<Record<string, unknown>> = {}): Traced {
  const trace = new Trace();
  const scheme = positionSchemes[name];
  const at = { query: input('query_at', [B, T], 'int32'), key: input('key_at', [B, S], 'int32') };
  const relation = relationAt(scheme.use(config, options), trace.root.at('stack'), at);
  const kv: KeyValue = { key: input('key', [B, H, S, K]), value: input('value', [B, H, S, Kv]) };
  const x = input('x', [B, T, 8]);
  const { output } = attend(
    trace.root,
    attentionConfig,
    queries(trace.root, attentionConfig, x),
    kv,
    noMask(),
    relation,
  );
  const parameters = [...trace.parameters].map(([path, { tensor }]) => [path, tensor]);
  return {
    outputs: [output],
    trained: { x, ...kv, ...Object.fromEntries(parameters) },
    feeds: {
      query_at: value([B, T], places.query.flat(), 'int32'),
      key_at: value([B, S], places.key.flat(), 'int32'),
      x: numbers('x', [B, T, 8]),
      key: numbers('key', [B, H, S, K]),
      value: numbers('value', [B, H, S, Kv]),
      ...Object.fromEntries([...trace.parameters].map(([path, { shape }]) => [path, numbers(path, shape)])),
    },
  };
}

type Rows = (...at: number[]) => number[];
const rows =
  ({ shape, data }: Value): Rows =>
  (...at) => {
    const row = at.reduce((n, index, axis) => n * shape[axis] + index, 0);
    const width = shape[shape.length - 1];
    return [...data.subarray(row * width, (row + 1) * width)];
  };
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((total, x, i) => total + x * b[i], 0);
const plus = (a: readonly number[], b: readonly number[]) => a.map((x, i) => x + b[i]);

/** What one scheme does to one score and to one value, as its paper writes it. */
interface Formula {
  readonly query?: (q: readonly number[], at: number) => readonly number[];
  readonly key?: (k: readonly number[], distance: number) => readonly number[];
  readonly score?: (head: number, distance: number) => number;
  readonly value?: (v: readonly number[], distance: number) => readonly number[];
}

/** softmax(q·k/√K + …)·v in plain loops, projected. */
function plainAttention({ feeds }: Traced, formula: Formula): number[] {
  const [x, key, val] = [rows(feeds.x), rows(feeds.key), rows(feeds.value)];
  const [wq, wo] = [rows(feeds['q_proj.weight']), rows(feeds['out_proj.weight'])];
  const result: number[] = [];
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const context: number[] = [];
      for (let h = 0; h < H; h++) {
        const plainQuery = Array.from({ length: K }, (_, i) => dot(wq(h * K + i), x(b, t)));
        const at = places.query[b][t];
        const query = formula.query?.(plainQuery, at) ?? plainQuery;
        const distance = (s: number) => places.key[b][s] - at;
        const scores = Array.from({ length: S }, (_, s) => {
          const k = formula.key?.(key(b, h, s), distance(s)) ?? key(b, h, s);
          return dot(query, k) / Math.sqrt(K) + (formula.score?.(h, distance(s)) ?? 0);
        });
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
        context.push(
          ...scores
            .map((score, s) => {
              const v = formula.value?.(val(b, h, s), distance(s)) ?? val(b, h, s);
              return v.map((one) => (one * Math.exp(score)) / total);
            })
            .reduce(plus),
        );
      }
      result.push(...Array.from({ length: 8 }, (_, d) => dot(wo(d), context)));
    }
  }
  return result;
}

const clipped = (distance: number, most: number) => Math.min(Math.max(distance, -most), most) + most;
const pairs = (at: number, theta: number) => [0, 1].map((i) => at * theta ** ((-2 * i) / K));

const formulas: Readonly<Record<string, { options?: object; formula: (feeds: Traced['feeds']) => Formula }>> = {
  relative: {
    options: { max_relative_position: 3, relative_values: true },
    formula: (feeds) => ({
      key: (k, distance) => plus(k, rows(feeds['relative_keys.weight'])(clipped(distance, 3))),
      value: (v, distance) => plus(v, rows(feeds['relative_values.weight'])(clipped(distance, 3))),
    }),
  },
  t5: {
    options: { relative_attention_num_buckets: 6, relative_attention_max_distance: 5 },
    formula: (feeds) => ({
      score: (head, distance) => {
        const bucket = positionBucket(distance, { count: 6, maxDistance: 5, isBidirectional: true });
        return rows(feeds['stack.relative_attention_bias.weight'])(bucket)[head];
      },
    }),
  },
  rotary: {
    options: { rope_theta: 50 },
    formula: () => ({
      // Keys come turned, so here the queries alone are: R(p)·q, a pair i and i + K/2.
      query: (q, at) => {
        const angles = pairs(at, 50);
        const low = angles.map((a, i) => q[i] * Math.cos(a) - q[i + 2] * Math.sin(a));
        const high = angles.map((a, i) => q[i] * Math.sin(a) + q[i + 2] * Math.cos(a));
        return [...low, ...high];
      },
    }),
  },
  alibi: { formula: () => ({ score: (head, distance) => -alibiSlopes(H)[head] * Math.abs(distance) }) },
  none: { formula: () => ({}) },
};

describe('attention with a scheme', () => {
  test.each(Object.entries(formulas))('%s is its paper’s formula in float64', (name, { options, formula }) => {
    const traced = traceAttention(name, options as Record<string, unknown>);
    const [output] = interpret(traced.outputs, traced.feeds);
    plainAttention(traced, formula(traced.feeds)).forEach((x, i) => expect(output.data[i]).toBeCloseTo(x, 12));
  });

  test.each(Object.entries(formulas))(
    '%s gives on an engine what float64 gives, gradients included',
    async (name, row) => {
      const { outputs, feeds, trained } = traceAttention(name, row.options as Record<string, unknown>);
      const grads = gradient([outputs[0]], Object.values(trained), [input('seed', [B, T, 8])]);
      const named: Record<string, Tensor> = { output: outputs[0] };
      Object.keys(trained).forEach((path, i) => {
        named[`grad/${path}`] = grads[i]!;
      });
      const all = { ...feeds, seed: numbers('seed', [B, T, 8]) };
      const found = await runLowered(nodeBackend(), named, all);
      interpret(Object.values(named), all).forEach(({ data }, i) =>
        data.forEach((x, j) => expect(found[Object.keys(named)[i]].data[j]).toBeCloseTo(x, 4)),
      );
    },
  );

  test('Shaw’s values may go without distances', () => {
    const { feeds } = traceAttention('relative', { max_relative_position: 3, relative_values: false });
    expect(Object.keys(feeds)).not.toContain('relative_values.weight');
  });
});

describe('rotary positions', () => {
  const { turn } = positionSchemes.rotary.use(config, { rope_theta: 10000 });
  const x = { q: input('q', [1, 1, 1, K]), k: input('k', [1, 1, 1, K]) };
  const at = { q: input('q_at', [1, 1], 'int32'), k: input('k_at', [1, 1], 'int32') };
  const turned = [turn!(x.q, at.q), turn!(x.k, at.k)];
  const score = (q: number, k: number, seed: string) => {
    const feeds = {
      q: numbers(`${seed} q`, [1, 1, 1, K]),
      k: numbers(`${seed} k`, [1, 1, 1, K]),
      q_at: value([1, 1], [q], 'int32'),
      k_at: value([1, 1], [k], 'int32'),
    };
    const [a, b] = interpret(turned, feeds);
    return dot([...a.data], [...b.data]);
  };
  const place = fc.integer({ min: 0, max: 2000 });

  test('give scores that depend on the distance alone', () => {
    fc.assert(
      fc.property(place, place, place, fc.string(), (q, k, shift, seed) => {
        expect(score(q + shift, k + shift, seed)).toBeCloseTo(score(q, k, seed), 9);
      }),
      { numRuns: 50, seed: 3 },
    );
    expect(Math.abs(score(5, 2, 'a') - score(5, 3, 'a'))).toBeGreaterThan(1e-3);
  });

  test('leave position 0 as it is, and every length', () => {
    const q = input('q', [1, 2, 3, K]);
    const [out] = interpret([turn!(q, placesFrom0(3))], { q: numbers('q', [1, 2, 3, K]) });
    const [before, after] = [rows(numbers('q', [1, 2, 3, K])), rows(out)];
    expect(after(0, 1, 0)).toEqual(before(0, 1, 0));
    expect(after(0, 1, 2)).not.toEqual(before(0, 1, 2));
    expect(dot(after(0, 1, 2), after(0, 1, 2))).toBeCloseTo(dot(before(0, 1, 2), before(0, 1, 2)), 12);
  });

  test('need a head of an even width', () => {
    expect(positionSchemes.rotary.fault?.({ ...config, headWidth: 3 }, {})).toBe(
      "expected an even width of a head's keys, got 3",
    );
    expect(positionSchemes.rotary.fault?.(config, {})).toBeUndefined();
  });
});

test('the sinusoidal and the learned scheme add the rows of their tables to embeddings', () => {
  const at = input('at', [2, 2], 'int32');
  const trace = new Trace();
  const [fixed, own] = ['sinusoidal', 'learned'].map((name) =>
    positionSchemes[name].use(config, {}).embedding!(trace.root, at),
  );
  const table = numbers('table', [9, 8]);
  const feeds = { at: value([2, 2], [0, 8, 3, 3], 'int32'), 'embed_positions.weight': table };
  const [sines, found] = interpret([fixed, own], feeds).map(rows);
  expect(sines(0, 0)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  expect(sines(1, 0)[0]).toBeCloseTo(Math.sin(3), 12);
  expect(sines(1, 1)[5]).toBeCloseTo(Math.cos(3 / 10), 12);
  expect([found(0, 1), found(1, 1)]).toEqual([rows(table)(8), rows(table)(3)]);
  expect(positionSchemes.sinusoidal.fault?.({ ...config, rows: 2 ** 26 }, {})).toBe(
    'expected max_position_embeddings of at most 33554432 with width 8, got 67108864',
  );
});
