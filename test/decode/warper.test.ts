import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probabilitiesOf } from '../../src/decode/sampling/warper.ts';
import { samplingOf } from '../../src/decode/settings/sampling.ts';
import { blockTopK, topEntries } from '../../src/decode/step/block-top-k.ts';
import { candidates } from '../../src/decode/step/candidates.ts';
import { constantTensor, interpret } from '../../src/graph/index.ts';
import { parseSafetensors } from '../../src/weights/safetensors.ts';

const path = (kind: string) => fileURLToPath(new URL(`../golden/nn/logits_processors.${kind}`, import.meta.url));
const { tensors } = parseSafetensors(readFileSync(path('safetensors')), 'logits_processors.safetensors');
const { processors } = JSON.parse(readFileSync(path('json'), 'utf8'));
const [rows, V] = tensors.get('scores')!.shape;
const numbers = (name: string): number[][] => {
  const flat = Array.from(tensors.get(name)!.data, Number);
  return Array.from({ length: rows }, (_, i) => flat.slice((i * flat.length) / rows, ((i + 1) * flat.length) / rows));
};

/** What the warpers of a config make of a row of logits. */
function warped(config: object, row: readonly number[]): Float64Array {
  const scores = Float64Array.from(row);
  for (const warp of samplingOf(config).warpers) warp(scores);
  return scores;
}

/** Transformers' classes → their arguments as `GenerationConfig` has them. */
const configs: Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => object>> = {
  TemperatureLogitsWarper: (args) => args,
  TopPLogitsWarper: (args) => args,
  MinPLogitsWarper: (args) => args,
  TypicalLogitsWarper: ({ mass }) => ({ typical_p: mass }),
  EpsilonLogitsWarper: ({ epsilon }) => ({ epsilon_cutoff: epsilon }),
  EtaLogitsWarper: ({ epsilon }) => ({ eta_cutoff: epsilon }),
};
const built = Object.entries<{ class: string; args: object }>(processors).flatMap(([name, { class: kind, args }]) =>
  Object.hasOwn(configs, kind) ? [[name, configs[kind]({ ...args })] as const] : [],
);

test('every class of warpers is tested', () => {
  expect(new Set(built.map(([name]) => processors[name].class))).toEqual(new Set(Object.keys(configs)));
});

test.each(built)('%s gives what its Transformers warper gives', (name, config) => {
  const expected = numbers(`${name}/out`);
  numbers('scores').forEach((row, i) => {
    warped(config, row).forEach((score, token) => {
      if (Number.isFinite(expected[i][token])) expect(score).toBeCloseTo(expected[i][token], 5);
      else expect(score, `row ${i}, token ${token}`).toBe(Number.NEGATIVE_INFINITY);
    });
  });
});

/** Logits of the probabilities 1/2, 1/4, 1/8 and 1/8, which are exact. */
const halves = [0, -1, -2, -2].map((power) => power * Math.LN2);

test.each([
  ['top_p keeps no token after those that reach the mass exactly', { top_p: 0.75 }, [0, 1]],
  ['top_p keeps the one that is needed beyond', { top_p: 0.76 }, [0, 1, 2, 3]],
  ['typical_p keeps no token after those that reach the mass exactly', { typical_p: 0.25 }, [1]],
  ['typical_p keeps the one that is needed beyond', { typical_p: 0.26 }, [0, 1]],
])('%s', (_, config, kept) => {
  expect([...probabilitiesOf(Float64Array.from(halves))]).toEqual([0.5, 0.25, 0.125, 0.125]);
  const left = [...warped(config, halves).entries()].filter(([, score]) => Number.isFinite(score));
  expect(left.map(([token]) => token)).toEqual(kept);
});

test('top_k of the graph gives what its Transformers warper leaves', () => {
  const scores = numbers('scores');
  const { top_k: k } = processors.top_k.args;
  const [values, tokens] = blockTopK(constantTensor(scores.flat(), [rows, V]), k);
  const [best, places] = interpret([values, tokens], {});
  numbers('top_k/out').forEach((row, i) => {
    const left = Array.from(row.entries()).filter(([, score]) => Number.isFinite(score));
    const found = Array.from({ length: k }, (_, j) => [places.data[k * i + j], best.data[k * i + j]]);
    expect(found.sort(([a], [b]) => a - b)).toEqual(left);
  });
});

test.each([
  [1, 101],
  [3, 1000],
  [7, 751],
  [5, 2003],
])('the %i largest of %i are found by blocks, the last of which is short', (k, length) => {
  const row = Array.from({ length }, (_, i) => ((i * 7919) % length) - length);
  for (const x of [row, [...row].reverse()]) {
    const [values, places] = interpret([...blockTopK(constantTensor(x, [1, length]), k)], {});
    expect([...values.data]).toEqual([...x].sort((a, b) => b - a).slice(0, k));
    expect(Array.from(places.data, (at) => x[at])).toEqual([...values.data]);
  }
});

test('the largest entries of a group of rows are found whichever rows they are in, plus the number of their row', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.constantFrom(6, 101, 457, 1003), fc.nat(), (k, length, seed) => {
      const [groups, rows] = [2, 3];
      const x = Array.from({ length: groups * rows * length }, (_, i) => ((i * 7919 + seed) % 10_007) - 20_000);
      const ofRows = [0, -3000.5, 250, Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY];
      const found = topEntries(
        [{ x: constantTensor(x, [groups, rows, length]) }],
        constantTensor(ofRows, [groups, rows]),
        k,
      );
      const [values, row, column] = interpret([found.values, found.rows, found.columns], {});
      const sumAt = (group: number, row: number, column: number) =>
        x[(group * rows + row) * length + column] + ofRows[group * rows + row];
      for (let group = 0; group < groups; group++) {
        const all = Array.from({ length: rows * length }, (_, i) => sumAt(group, Math.floor(i / length), i % length));
        expect([...values.data.subarray(group * k, (group + 1) * k)]).toEqual(all.sort((a, b) => b - a).slice(0, k));
        for (let i = group * k; i < (group + 1) * k; i++) {
          expect(sumAt(group, row.data[i], column.data[i])).toBe(values.data[i]);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('scores of a beam that are not numbers are reported though other beams have better ones', () => {
  const n = 700;
  const row = (score: number) => Array.from({ length: n }, (_, i) => (i === 3 ? Number.NEGATIVE_INFINITY : score - i));
  const scores = constantTensor([...row(-1), ...row(Number.NaN), ...row(-2), ...row(-3)], [2, 2, n]);
  const paths = constantTensor([-1, -9, -1, Number.NEGATIVE_INFINITY], [2, 2]);
  const found = candidates([{ scores, width: 4 }], paths, 4);
  const [values, tokens, beams] = interpret([found.scores, found.tokens, found.beams], {});
  expect([...values.data].map(Number.isNaN)).toEqual([true, true, true, true, false, false, false, false]);
  expect([...values.data.subarray(4)]).toEqual([-3, -4, -5, -7]);
  expect([...tokens.data.subarray(4)]).toEqual([0, 1, 2, 4]);
  expect([...beams.data.subarray(4)]).toEqual([0, 0, 0, 0]);
});

const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 40 });
const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });

/** Top-p by sorting everything, as its definition says. */
function nucleus(row: readonly number[], mass: number): Set<number> {
  const p = probabilitiesOf(Float64Array.from(row));
  const order = Array.from(p.keys()).sort((i, j) => p[j] - p[i]);
  const kept = new Set<number>();
  for (let i = 0, above = 0; i < order.length && above < mass; above += p[order[i++]]) kept.add(order[i]);
  const least = Math.min(...[...kept].map((i) => p[i]));
  return new Set(order.filter((i) => p[i] >= least));
}

describe('for any logits', () => {
  test('top_p keeps what sorting all of them would keep', () => {
    fc.assert(
      fc.property(logits, share, (row, mass) => {
        const kept = new Set(
          Array.from(warped({ top_p: mass }, row).entries()).flatMap(([i, x]) => (x === row[i] ? [i] : [])),
        );
        expect(kept).toEqual(nucleus(row, mass));
      }),
    );
  });

  test('a warper keeps the likeliest token, changes no score that it keeps, and leaves −∞ elsewhere', () => {
    fc.assert(
      fc.property(
        logits,
        share,
        fc.constantFrom('top_p', 'min_p', 'epsilon_cutoff', 'eta_cutoff'),
        (row, by, field) => {
          const scores = warped({ [field]: by }, row);
          scores.forEach((score, i) => {
            expect([row[i], Number.NEGATIVE_INFINITY]).toContain(score);
          });
          expect(scores[row.indexOf(Math.max(...row))]).toBe(Math.max(...row));
        },
      ),
    );
  });
});
