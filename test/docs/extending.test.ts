/** The diff in docs/extending.md: it touches one place, it applies, and its row passes the checks of the op suite. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { gradient, interpret, type Op, type Tensor, type Value } from '../../src/graph/index.ts';
import { nodeBackend } from '../../src/runtime/node.ts';
import { alongDirection, seedFeeds, seedsFor } from '../ops/derivative.ts';
import { runLowered } from '../ops/engine.ts';
import { feedsOf, type OpCase, trace } from '../ops/op-case.ts';
import { differenceTolerance, expectClose, tolerance } from '../ops/tolerance.ts';
import { blocksIn, root } from './page.ts';

const folder = mkdtempSync(join(tmpdir(), 'heddle-extending-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [diff, ...otherDiffs] = blocksIn('diff');
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
