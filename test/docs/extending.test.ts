/** The diffs in docs/extending.md: they touch one place, they apply, and what they add passes the checks of its kind. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { gradient, input, interpret, type Op, type Tensor, type Value, value } from '../../src/graph/index.ts';
import { type Cell, recurrent, Trace } from '../../src/nn/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { alongDirection, seedFeeds, seedsFor } from '../ops/derivative.ts';
import { drawFloats } from '../ops/draw.ts';
import { runLowered } from '../ops/engine.ts';
import { feedsOf, type OpCase, trace } from '../ops/op-case.ts';
import { differenceTolerance, expectClose, tolerance } from '../ops/tolerance.ts';
import { SmallRun } from '../tasks/small-run.ts';
import { dateSample } from '../tasks/task-sample.ts';
import { applyDiff, copySource, filesOf } from './diff.ts';
import { blocksIn, root } from './page.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-extending-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Those of families are in extending-family.test.ts. */
const [diff, cellDiff, taskDiff, , , ...otherDiffs] = blocksIn('diff');
const changed = [...diff.text.matchAll(/^\+\+\+ b\/(.+)$/gm)].map(([, path]) => path);
const hunk = diff.text
  .split(/^@@.*\n/m)[1]
  .split('\n')
  .slice(0, -1);
const linesOf = (sign: RegExp): string =>
  hunk
    .filter((line) => sign.test(line))
    .map((line) => line.slice(1))
    .join('\n');

/** The changed file's text with the diff applied. */
function patched(): string {
  const text = readFileSync(join(root, changed[0]), 'utf8');
  const before = linesOf(/^[ -]/);
  expect(text).toContain(before);
  return text.replace(before, () => linesOf(/^[ +]/));
}

/** Loads a source from elsewhere: its relative imports become absolute. */
async function load(text: string): Promise<Record<string, unknown>> {
  const from = join(root, dirname(changed[0]));
  const file = join(folder, 'patched.ts');
  writeFileSync(
    file,
    text.replace(/from '(\.[^']+)'/g, (_, path: string) => `from '${join(from, path)}'`),
  );
  return import(file);
}

const isOp = (exported: unknown): exported is { readonly op: Op } => typeof exported === 'function' && 'op' in exported;

test('adding an op touches one file', () => {
  expect(otherDiffs).toEqual([]);
  expect(changed).toHaveLength(1);
});

test('the row in the diff has right derivatives of two orders, and an engine agrees with its reference', async () => {
  const [, name] = /export const (\w+): OpCall/.exec(linesOf(/^\+/)) ?? [];
  expect(readFileSync(join(root, 'docs/ops.md'), 'utf8')).not.toContain(`\`${name}(`);
  const added = (await load(patched()))[name];
  if (!isOp(added)) throw new Error(`${name} is no op`);
  const { op } = added;
  expect(op.samples.length).toBeGreaterThan(0);
  for (const [index, sample] of op.samples.entries()) {
    const opCase: OpCase = { name: `${op.name}, sample ${index}`, op, index, sample };
    await checkCase(opCase);
  }
});

async function checkCase(opCase: OpCase): Promise<void> {
  const { inputs, outputs } = trace(opCase);
  const wrt = new Map(inputs.map((tensor, i) => [opCase.op.inputs[i], tensor]));
  const feeds = feedsOf(opCase);
  const seeds = seedsFor('seed', outputs);
  const fed = { ...feeds, ...seedFeeds(seeds, interpret(outputs, feeds), opCase.name) };
  const grads = gradient(outputs, inputs, seeds).filter((g): g is Tensor => g !== null);
  const again = seedsFor('again', grads);
  const fedAgain = { ...fed, ...seedFeeds(again, interpret(grads, fed), `${opCase.name} again`) };
  for (const { byGradient, byDifference } of [
    alongDirection(outputs, seeds, wrt, fed, opCase.name),
    alongDirection(grads, again, wrt, fedAgain, opCase.name),
  ]) {
    expect(Math.abs(byGradient)).toBeGreaterThan(0);
    expect(Math.abs(byGradient - byDifference)).toBeLessThan(differenceTolerance);
  }
  const read: Record<string, Tensor> = { y: outputs[0], dx: grads[0] };
  const found: Record<string, Value> = await runLowered(nodeBackend(), read, fed);
  interpret(Object.values(read), fed).forEach((expected, i) => {
    expectClose(found[Object.keys(read)[i]], expected, tolerance.gradient, Object.keys(read)[i]);
  });
}

test('adding a recurrent cell takes one file and its name in the list', () => {
  const files = filesOf(cellDiff.text);
  expect(files.map(({ path }) => path)).toEqual(['src/nn/cells/mgu.ts', 'src/nn/cells/cells.ts']);
  const list = readFileSync(join(root, 'src/nn/cells/cells.ts'), 'utf8');
  for (const { before } of files[1].hunks) expect(list).toContain(before);
});

test('the cell in the diff gives its formula, and its gradient the differences', async () => {
  const [{ hunks }] = filesOf(cellDiff.text);
  const file = join(folder, 'cell.ts');
  const from = join(root, 'src/nn/cells');
  writeFileSync(
    file,
    hunks[0].after.replace(/from '(\.[^']+)'/g, (_, path: string) => `from '${join(from, path)}'`),
  );
  const { mgu } = (await import(file)) as { readonly mgu: Cell };
  const [T, I, H] = [3, 2, 2];
  const made = new Trace();
  const { output } = recurrent(made.root, { cell: mgu, inputSize: I, hiddenSize: H }, input('x', [1, T, I]));
  const draw = (name: string, shape: readonly number[]) =>
    value(
      shape,
      drawFloats(
        name,
        shape.reduce((n, size) => n * size, 1),
      ),
    );
  const feeds: Record<string, Value> = { x: draw('x', [1, T, I]) };
  for (const [name, { shape }] of made.parameters) feeds[name] = draw(name, shape);
  const at = (name: string, row: number, column: number, width: number) => feeds[name].data[row * width + column];
  const sumOf = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const gate = (row: number, t: number, state: readonly number[]) =>
    sumOf(Array.from({ length: I }, (_, i) => at('weight_ih_l0', row, i, I) * feeds.x.data[t * I + i])) +
    sumOf(state.map((h, i) => at('weight_hh_l0', row, i, H) * h)) +
    feeds.bias_ih_l0.data[row] +
    feeds.bias_hh_l0.data[row];
  let h = new Array<number>(H).fill(0);
  const expected = Array.from({ length: T }, (_, t) => {
    const f = h.map((__, j) => 1 / (1 + Math.exp(-gate(j, t, h))));
    const n = h.map((__, j) =>
      Math.tanh(
        gate(
          H + j,
          t,
          h.map((x, i) => x * f[i]),
        ),
      ),
    );
    h = h.map((x, j) => (1 - f[j]) * x + f[j] * n[j]);
    return h;
  }).flat();
  const [{ data }] = interpret([output], feeds);
  expected.forEach((x, i) => expect(data[i]).toBeCloseTo(x, 12));
  const seeds = seedsFor('seed', [output]);
  const fed = { ...feeds, ...seedFeeds(seeds, interpret([output], feeds), 'mgu') };
  const wrt = new Map([...made.parameters].map(([name, { tensor }]) => [name, tensor]));
  const { byGradient, byDifference } = alongDirection([output], seeds, wrt, fed, 'mgu');
  expect(byGradient).not.toBe(0);
  expect(Math.abs(byGradient - byDifference)).toBeLessThan(differenceTolerance);
});

describe('adding a task', () => {
  const files = filesOf(taskDiff.text);

  test('takes one file and its name in the list', () => {
    const [made, list] = files.map(({ path }) => path);
    expect(files).toHaveLength(2);
    expect([existsSync(join(root, made)), existsSync(join(root, list))]).toEqual([false, true]);
  });

  test('gives recipes, training, scores and a pipeline of it', async () => {
    copySource(folder);
    applyDiff(folder, taskDiff.text);
    const heddle: typeof import('../../src/tasks/index.ts') = await import(join(folder, 'src/tasks/index.ts'));
    const task = 'transliteration' as 'translation';
    const run = await SmallRun.make(dateSample);
    try {
      const text = dateSample.recipe.replace('task: translation', `task: ${task}`);
      const recipe = heddle.parseRecipe(text, 'recipe.yaml', [
        `data.root=${run.at('data')}`,
        'train.predict_with_generate=true',
      ]);
      const result = await heddle.train(recipe, { out: run.at('out'), backend: nodeBackend() });
      expect(Object.keys(result.metrics)).toEqual(expect.arrayContaining(['eval_chrf', 'test_exact_match']));
      expect(result.metrics).not.toHaveProperty('eval_bleu');
      const open = await heddle.pipeline(task, run.at('out'));
      const [written] = await open('3 May 1998');
      expect(Object.keys(written)).toEqual(['transliterated_text']);
      await open.dispose();
    } finally {
      await run.remove();
    }
  });
});
