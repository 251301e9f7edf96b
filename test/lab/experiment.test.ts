/** Every experiment, with a small share of its work: finite numbers, charts that can be drawn, pages of which nothing is cut off. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../src/lab/experiment.ts';
import { experiments } from '../../src/lab/experiments.ts';
import { experimentPage } from '../../src/lab/pages/page.ts';
import { resultOf } from '../../src/lab/pages/result.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { openReader, type Reader, windowWidths } from '../browser/reader.ts';

let reader: Reader;
beforeAll(async () => {
  reader = await openReader();
});
afterAll(() => reader.close());

/** All numbers in what JSON can hold. */
const numbersIn = (value: Json): number[] => {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
};

test.each(experiments.map((experiment) => [experiment.name, experiment] as const))(
  '%s runs, gives finite numbers, and a page of which no window cuts anything off',
  async (_, experiment) => {
    const shares: number[] = [];
    const lab = { backend: nodeBackend(), seeds: [0, 1], budget: 0.02, say: (share: number) => shares.push(share) };
    const finding = await experiment.run(lab);
    const numbers = numbersIn(finding.data);
    expect(numbers.length).toBeGreaterThan(20);
    expect(numbers.filter((value) => !Number.isFinite(value))).toEqual([]);
    expect(new Set(numbers).size).toBeGreaterThan(10);
    expect(finding.says).toMatch(/\d/);
    expect(finding.says).not.toMatch(/NaN|undefined|Infinity/);
    expect(finding.figures.length).toBeGreaterThan(0);
    for (const { columns, rows } of finding.tables) for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(shares.length).toBeGreaterThan(1);
    expect(shares.every((share, i) => share >= (shares[i - 1] ?? 0) && share <= 1)).toBe(true);
    const page = experimentPage(resultOf(experiment, finding, lab, 1), finding);
    expect(page).not.toMatch(/NaN|undefined|\[object/);
    for (const width of windowWidths) expect(await reader.cutOff(page, width)).toEqual([]);
  },
  120_000,
);
