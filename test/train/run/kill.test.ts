import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointDigests, fileDigest, filesIn, logLines, newFolder, removeFolders, runIn } from '../sequence-task.ts';
import { killedArguments, killedTask } from './killed-training.ts';

/** Inside the package, where the script finds what it imports. */
const script = fileURLToPath(new URL(`../../../node_modules/.cache/heddle-kill-${process.pid}.mjs`, import.meta.url));
let whole: string;

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('./killed-run.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: script,
  });
  whole = await newFolder();
  await runIn(whole, killedArguments, { task: killedTask() });
});

afterAll(async () => {
  await rm(script, { force: true });
  await removeFolders();
});

/** Runs the training until it kills itself. */
async function killed(folder: string, place: 'step' | 'write', number: number): Promise<void> {
  const child = spawn(process.execPath, [script, folder, place, String(number)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const signal = await new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');
}

async function expectSameEnd(folder: string): Promise<void> {
  await runIn(folder, killedArguments, { task: killedTask(), resume: true });
  expect(await filesIn(folder)).toEqual(await filesIn(whole));
  expect(await checkpointDigests(folder, 9)).toEqual(await checkpointDigests(whole, 9));
  const root = (path: string) => fileDigest(join(path, 'model.safetensors'));
  expect(await root(folder)).toEqual(await root(whole));
  expect((await logLines(folder)).map(({ step, loss }) => [step, loss])).toEqual(
    (await logLines(whole)).map(({ step, loss }) => [step, loss]),
  );
}

test('a run killed with SIGKILL while the engine computes an update, and resumed, ends with the bytes of an uninterrupted one', async () => {
  const folder = await newFolder();
  // Two micro-batches of two shards make an update; the 22nd run is in the sixth.
  await killed(folder, 'step', 22);
  const left = ['.heddle.lock', 'checkpoint-2', 'checkpoint-4', 'heddle.json', 'metrics.jsonl'];
  expect(await filesIn(folder)).toEqual(left);
  await expectSameEnd(folder);
});

test('a run killed before its first checkpoint starts anew and ends with the same bytes', async () => {
  const folder = await newFolder();
  await killed(folder, 'step', 2);
  await expectSameEnd(folder);
});

test('a run killed while it writes a checkpoint continues from the one before; nothing half-written is left', async () => {
  const folder = await newFolder();
  await killed(folder, 'write', 3);
  const left = await filesIn(folder);
  expect(left.filter((name) => name.startsWith('checkpoint-'))).toEqual(['checkpoint-2', 'checkpoint-4']);
  expect(left.filter((name) => /^\.checkpoint-6\.\w+\.tmp$/.test(name))).toHaveLength(1);
  await expectSameEnd(folder);
});

test('a run killed while it writes the finished model still ends with the same bytes', async () => {
  const folder = await newFolder();
  await killed(folder, 'write', 6);
  expect(await filesIn(folder)).not.toContain('model.safetensors');
  await expectSameEnd(folder);
});
