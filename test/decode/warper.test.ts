import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samplingOf } from '../../src/decode/sampling/sampling.ts';
import { probabilitiesOf } from '../../src/decode/sampling/warper.ts';
import { blocksOf, blockTopK } from '../../src/decode/step/block-top-k.ts';
import { constantTensor, interpret } from '../../src/graph/index.ts';
import { parseSafetensors } from '../../src/weights/safetensors.ts';

const path = (kind: string) => fileURLToPath(new URL(`../golden/nn/logits_processors.${kind}`, import.meta.url));
const { tensors } = parseSafetensors(readFileSync(path('safetensors')), 'logits_processors.safetensors');
const rows = 2;
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

test.each([
  ['temperature', { temperature: 0.7 }],
  ['top_p', { top_p: 0.8 }],
  ['top_p_small', { top_p: 0.05 }],
  ['min_p', { min_p: 0.1 }],
  ['typical', { typical_p: 0.7 }],
  ['epsilon', { epsilon_cutoff: 0.03 }],
  ['eta', { eta_cutoff: 0.1 }],
])('%s gives what its Transformers warper gives', (name, config) => {
  const expected = numbers(`${name}/out`);
  numbers('scores').forEach((row, i) => {
    warped(config, row).forEach((score, token) => {
      if (Number.isFinite(expected[i][token])) expect(score).toBeCloseTo(expected[i][token], 5);
      else expect(score, `row ${i}, token ${token}`).toBe(Number.NEGATIVE_INFINITY);
    });
  });
});

test('top_k of the graph gives what its Transformers warper leaves', () => {
  const scores = numbers('scores');
  const [values, tokens] = blockTopK(constantTensor(scores.flat(), [rows, 12]), 4, blocksOf(12, 4));
  const [best, places] = interpret([values, tokens], {});
  numbers('top_k/out').forEach((row, i) => {
    const left = Array.from(row.entries()).filter(([, score]) => Number.isFinite(score));
    const found = Array.from({ length: 4 }, (_, j) => [places.data[4 * i + j], best.data[4 * i + j]]);
    expect(found.sort(([a], [b]) => a - b)).toEqual(left);
  });
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
