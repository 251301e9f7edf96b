/** The frame: folders, pages, results; with an experiment of its own that trains nothing. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budgeted, type Experiment } from '../../src/lab/experiment.ts';
import { experiments, experimentsNamed } from '../../src/lab/experiments.ts';
import { runExperiments } from '../../src/lab/laboratory.ts';
import { readResults } from '../../src/lab/pages/result.ts';
import type { Backend } from '../../src/runtime/backend.ts';

const backend: Backend = { name: 'none', compile: () => Promise.reject(new Error('not needed')) };
const svg = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="3"/></svg>';

const experiment = (name: string, isShown: boolean): Experiment => ({
  name,
  title: `Title of ${name}`,
  claim: 'a < b, by 10⁻³',
  source: 'Author 1997',
  async run({ seeds, budget, say }) {
    say(0.5, 'the other half');
    return {
      isShown,
      says: `seen with ${seeds.join(' ')} at ${budget}`,
      explanation: ['why'],
      method: ['how'],
      figures: [{ name: 'main', caption: 'a circle', svg }],
      tables: [{ caption: 'numbers', columns: ['n', 'x'], rows: [['1', '<2>']] }],
      data: { x: [1, 2] },
    };
  },
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-lab-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const text = (...path: string[]) => readFile(join(folder, ...path), 'utf8');

test('an experiment writes a page, a figure and its numbers; a second one adds to them', async () => {
  const heard: unknown[] = [];
  const out = join(folder, 'new/lab');
  const progress = (...given: unknown[]): void => void heard.push(given.slice(0, 3));
  await runExperiments([experiment('one', true)], out, { backend, seeds: 2, progress });
  expect(heard).toEqual([['one', 0.5, 'the other half']]);
  expect((await readdir(out)).sort()).toEqual(['index.html', 'one-main.svg', 'one.html', 'results.json']);
  await runExperiments([experiment('two', false)], out, { backend, seeds: 1, budget: 0.5 });
  const results = await readResults(out);
  expect(results.map(({ name, shown, seeds, budget }) => ({ name, shown, seeds, budget }))).toEqual([
    { name: 'one', shown: true, seeds: [0, 1], budget: 1 },
    { name: 'two', shown: false, seeds: [0], budget: 0.5 },
  ]);
  expect(results[0]).toMatchObject({ data: { x: [1, 2] }, figures: ['one-main.svg'], says: 'seen with 0 1 at 1' });
  const index = await text('new/lab/index.html');
  expect(index).toContain('1 of 2 claims held');
  expect(index.match(/<circle r="3"\/>/g)).toHaveLength(2);
});

test('a page says claim, source, verdict, why and how, escaped, and loads nothing', async () => {
  const page = await text('new/lab/one.html');
  for (const part of [
    'a &lt; b, by 10<sup>−3</sup>',
    'Author 1997',
    'The claim held.',
    'why',
    'how',
    '&lt;2&gt;',
    'src/lab/experiments/one/run.ts',
    'a circle',
  ])
    expect(page).toContain(part);
  expect(page).not.toMatch(/<script|<link|src=|prove nothing/);
  const quick = await text('new/lab/two.html');
  expect(quick).toContain('The claim did not hold.');
  expect(quick).toContain('A quick look with 50 % of the work: these numbers prove nothing.');
});

test('figures are files of their own, dark on white', async () => {
  expect(await text('new/lab/one-main.svg')).toMatch(
    /^<svg [^>]*>\n<style>svg\{color:#1d1c22;background:#ffffff\}<\/style><circle/,
  );
});

test.each([
  ['an unknown name', () => experimentsNamed(['gradient-distanse']), 'lab: expected all or one of gradient-distance'],
  [
    'a near miss',
    () => experimentsNamed(['gradient-distanse']),
    'got "gradient-distanse"; did you mean "gradient-distance"?',
  ],
])('refuses %s', (_, call, message) => {
  expect(call).toThrow(message);
});

test('refuses a folder whose results are not the laboratory’s, and invalid seeds and budgets', async () => {
  await writeFile(join(folder, 'results.json'), '{ "experiments": [{ "name": "../x" }] }');
  const run = (options: { seeds?: number; budget?: number }, at = 'fresh') =>
    runExperiments([experiment('one', true)], join(folder, at), { backend, ...options });
  await expect(run({}, '.')).rejects.toThrow(/results\.json:\n[\s\S]*experiments\.0\.name/);
  await expect(run({ seeds: 0 })).rejects.toThrow('lab: expected a number of seeds ≥ 1, got 0');
  await expect(run({ budget: 2 })).rejects.toThrow('lab: expected a budget in (0, 1], got 2');
});

test('every experiment has a folder of its name that computes, draws and speaks, and all stands for every one in order', async () => {
  const root = join(import.meta.dirname, '../../src/lab/experiments');
  expect((await readdir(root)).sort()).toEqual(experiments.map(({ name }) => name).sort());
  for (const { name } of experiments)
    expect(await readdir(join(root, name))).toEqual(expect.arrayContaining(['run.ts', 'figure.ts', 'text.ts']));
  expect(new Set(experiments.map(({ name }) => name)).size).toBe(experiments.length);
  expect(experimentsNamed(['all'])).toEqual(experiments);
});

test('a budget is a share of the full count, never below the least', () => {
  expect([
    budgeted({ budget: 1 }, 500, 4),
    budgeted({ budget: 0.1 }, 500, 4),
    budgeted({ budget: 0.001 }, 500, 4),
    budgeted({ budget: 0.1 }, 3, 4),
  ]).toEqual([500, 50, 4, 3]);
});
