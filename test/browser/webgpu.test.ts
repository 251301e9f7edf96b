/** WebGPU: what runs on it and gives what it must, and what happens where it is missing or lost. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipeline } from '../../src/tasks/index.ts';
import { pages, root } from '../docs/page.ts';
import { sourceOf } from '../docs/program.ts';
import { opCases } from '../ops/op-case.ts';
import { temporaryFolder, writeSmallModel } from '../tasks/model-folder.ts';
import type { Argument as DecodeArgument, Decoded } from './decode-page.ts';
import type { Argument as GpuArgument } from './gpu-page.ts';
import { type Browser, openBrowser } from './harness.ts';
import type { Report } from './op-page.ts';
import type { Argument as PipelineArgument } from './pipeline-page.ts';
import { gpuTest, openGpuBrowser } from './software-gpu.ts';
import type { Trained, Argument as TrainingArgument } from './training-page.ts';

const page = (name: string) => new URL(`./${name}-page.ts`, import.meta.url);

let browser: Browser;
beforeAll(async () => {
  browser = await openGpuBrowser();
});
afterAll(() => browser?.close());

const onGpu = (name: string, work: () => Promise<void>) => gpuTest(name, () => browser, work);

async function resultOf<T>(name: string, argument?: unknown): Promise<T> {
  const { value, errors } = await browser.run({ entry: page(name), argument, timeout: 170_000 });
  expect(errors).toEqual([]);
  return value as T;
}

onGpu('every op and its first gradient equal the reference', async () => {
  expect(await resultOf<Report>('op')).toEqual({ checked: opCases.length, differences: [] });
});

onGpu('the docs list the operators that run on WebAssembly; HEDDLE_DOCS_WEBGPU=write writes the table', async () => {
  const users = await resultOf<Readonly<Record<string, readonly string[]>>>('placement');
  const rows = Object.keys(users)
    .sort()
    .map((operator) => `| \`${operator}\` | ${users[operator].map((name) => `\`${name}\``).join(', ')} |\n`);
  const path = join(root, 'docs/webgpu.md');
  const text = await readFile(path, 'utf8');
  const table = /(\| operator \| ops \|\n\|---\|---\|\n)((?:\|.*\n)*)/;
  const written = text.replace(table, (_, head: string) => head + rows.join(''));
  if (process.env.HEDDLE_DOCS_WEBGPU === 'write') await writeFile(path, written);
  else expect(written).toBe(text);
  expect(rows.length).toBeGreaterThan(3);
});

onGpu('a training gives the losses of WebAssembly, while weights and optimizer state stay on the GPU', async () => {
  const train = (argument: TrainingArgument) => resultOf<Trained>('training', argument);
  const there = await train({ engine: 'webgpu', isKept: true });
  const here = await train({ engine: 'wasm', isKept: false });
  expect(here.losses[2]).not.toBeCloseTo(here.losses[0], 1);
  for (const name of ['losses', 'norms'] as const) {
    expect(there[name]).toHaveLength(3);
    there[name].forEach((value, i) => {
      expect(value).toBeCloseTo(here[name][i] as number, 5);
    });
  }
  expect(Object.keys(there.changes)).toEqual(Object.keys(here.changes));
  for (const [name, change] of Object.entries(here.changes)) expect(there.changes[name]).toBeCloseTo(change, 3);
});

test('a training that keeps its weights in the engine gives what one on the host gives, in WebAssembly too', async () => {
  const [kept, host] = await Promise.all(
    [true, false].map((isKept) => resultOf<Trained>('training', { engine: 'wasm', isKept } satisfies TrainingArgument)),
  );
  kept.losses.forEach((loss, i) => {
    expect(loss).toBeCloseTo(host.losses[i], 6);
  });
  for (const [name, change] of Object.entries(host.changes)) expect(kept.changes[name]).toBeCloseTo(change, 4);
});

test("the docs' training in a page learns", async () => {
  const code = pages.flatMap(({ blocks }) => blocks).find(({ text }) => text.includes('KeptUpdater.make'))?.text ?? '';
  const folder = await mkdtemp(join(tmpdir(), 'heddle-learn-'));
  try {
    const inBrowser = (name: string) => (name === 'heddle/train' ? join(root, 'src/train/web.ts') : sourceOf(name));
    const entry = join(folder, 'learn.ts');
    const run =
      "import { webBackend } from 'heddle/runtime/web';\nexport default () => learn(webBackend({ threads: 1 }));\n";
    await writeFile(
      entry,
      `${code}${run}`.replace(/'(heddle[^']*)'/g, (_, name: string) => `'${inBrowser(name)}'`),
    );
    const { value, errors } = await browser.run({ entry: pathToFileURL(entry) });
    expect(errors).toEqual([]);
    const losses = value as number[];
    expect(losses[0]).toBeGreaterThan(0.5);
    expect(losses.at(-1)).toBeLessThan(0.1);
  } finally {
    await rm(folder, { recursive: true });
  }
});

onGpu('a pipeline gives the results of Node', async () => {
  const path = fileURLToPath(new URL('../golden/sentences/nli', import.meta.url));
  const [texts, labels] = [['the dog runs under the moon'], ['sports', 'money']];
  const argument: PipelineArgument = {
    ...{ task: 'zero-shot-classification', folder: '/model', texts, others: [labels], options: {}, isOnGpu: true },
  };
  const run = { entry: page('pipeline'), folders: { '/model/': path }, argument, timeout: 170_000 };
  const [there] = (await browser.run(run)).value as { labels: string[]; scores: number[] }[];
  const classify = await pipeline('zero-shot-classification', path);
  const [here] = await classify(texts, labels);
  await classify.dispose();
  expect(there.labels).toEqual(here.labels);
  there.scores.forEach((score, i) => {
    expect(score).toBeCloseTo(here.scores[i], 5);
  });
});

onGpu('decoding reads back what it chooses from, and leaves its caches on the GPU', async () => {
  const folder = await writeSmallModel(await temporaryFolder());
  const [text, lengths] = ['the 3rd of May, 1998', [4, 6]];
  const argument: DecodeArgument = { folder: '/model', text, lengths };
  const run = { entry: page('decode'), folders: { '/model/': folder }, argument, timeout: 170_000 };
  const { translations, downloads } = (await browser.run(run)).value as Decoded;
  const translator = await pipeline('translation', folder);
  for (const [i, length] of lengths.entries()) {
    const options = { num_beams: 2, min_new_tokens: length, max_new_tokens: length };
    expect(translations[i]).toBe((await translator([text], options))[0].translation_text);
  }
  await translator.dispose();
  await rm(folder, { recursive: true });
  const [fewer, more] = downloads;
  // Of two more steps: scores, tokens and beams, and places that a Cast on WebAssembly takes; no keys and no values.
  expect(more).toBeGreaterThan(fewer);
  expect(more - fewer).toBeLessThanOrEqual(2 * 5);
});

const outcomes = (argument: GpuArgument) => resultOf<readonly string[]>('gpu', argument);

onGpu('two engines at once have a GPU each, and one goes on when the other is closed', async () => {
  expect(await outcomes({ event: 'two engines' })).toEqual(['-1', '-2', '-3']);
});

onGpu('a lost GPU ends the run in flight with an error, and the next compile starts anew', async () => {
  expect(await outcomes({ event: 'loss' })).toEqual([
    expect.stringMatching(/^EngineError: web backend: the GPU was lost: .*; its programs and kept tensors are gone$/),
    expect.stringMatching(/^EngineError: web backend: the GPU was lost/),
    '-1',
  ]);
});

onGpu('kept results outlive their program, can be read, and are freed when they are disposed of', async () => {
  expect(await outcomes({ event: 'kept' })).toEqual(['1', '-1', 'buffers stay as many', 'disposed']);
});

onGpu('a program that keeps results refuses to run again after a run that failed, and others go on', async () => {
  expect(await outcomes({ event: 'failure' })).toEqual([
    expect.stringMatching(/^SpentProgramError: .*broadcast/i),
    expect.stringMatching(/^SpentProgramError: run: a run of this program failed/),
    ...['-1', '3', '-3', 'compiled: Neg,Add,Add'],
  ]);
});

describe('a browser without a GPU', () => {
  let bare: Browser;
  beforeAll(async () => {
    bare = await openBrowser();
  });
  afterAll(() => bare?.close());

  test('says so at compile, and does not fall back to WebAssembly', async () => {
    const { value } = await bare.run({ entry: page('gpu'), argument: { event: 'none' } satisfies GpuArgument });
    expect(value).toEqual([
      expect.stringMatching(/^EngineError: web backend: this browser has WebGPU, but offers no GPU: .* needs none$/),
      'InputError: engine: for WebGPU expected { backend: webGpuBackend() } of heddle/runtime/webgpu, which alone loads it, got "webgpu"',
    ]);
  });
});
