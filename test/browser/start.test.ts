/** A page in which the engine cannot start says why, soon, and starts once it can. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pages } from '../docs/page.ts';
import { type Browser, openBrowser, type PageRun } from './harness.ts';
import type { Argument } from './start-page.ts';

const entry = new URL('./start-page.ts', import.meta.url);
const wasm = '/ort-wasm-simd-threaded.wasm';
const policy = (text: string) => ({ headers: { 'Content-Security-Policy': `default-src 'self' data:; ${text}` } });

let nothing: string;
let browser: Browser;
beforeAll(async () => {
  nothing = await mkdtemp(join(tmpdir(), 'heddle-nothing-'));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rm(nothing, { recursive: true });
});

async function outcomes(run: Partial<PageRun>, argument: Partial<Argument> = {}): Promise<readonly string[]> {
  const whole: Argument = { options: { threads: 2 }, calls: 1, where: 'page', ...argument };
  const { value } = await browser.run({ entry, ...run, argument: whole });
  return value as readonly string[];
}

/** As where a bundler lets ONNX Runtime's own script wait for a call, in a thread of the pool too. */
const neverInPool = 'if (self.name.startsWith("em-pthread")) await new Promise(() => {});\n';

interface Case {
  readonly name: string;
  run(): Partial<PageRun>;
  readonly says: RegExp;
}

describe.concurrent('ends in an error', () => {
  test.each<Case>([
    {
      name: 'the WebAssembly is missing',
      run: () => ({ folders: { '/': nothing } }),
      says: /^EngineError: web backend: ONNX Runtime did not start: http:\S+\/ort-wasm-simd-threaded\.wasm: expected ONNX Runtime's WebAssembly, got status 404/,
    },
    {
      name: "the server's page comes instead of the WebAssembly",
      run: () => ({ folders: { '/': nothing }, fallback: '/index.html' }),
      says: /^EngineError: .*\.wasm: expected ONNX Runtime's WebAssembly, got an HTML page/,
    },
    {
      name: 'the WebAssembly is cut off',
      run: () => ({ edits: { [wasm]: () => '\0asm\u0001\0\0\0\u0001\u007f' } }),
      says: /^EngineError: web backend: ONNX Runtime did not start: /,
    },
    {
      name: 'the worker has no script',
      run: () => ({ edits: { '/web-worker.js': () => undefined } }),
      says: /^EngineError: web backend: the worker failed: its script did not load; it is "heddle\/worker"/,
    },
    {
      name: "the server's page comes instead of the worker's script",
      run: () => ({ edits: { '/web-worker.js': () => undefined }, fallback: '/index.html' }),
      says: /^EngineError: web backend: the worker failed: its script did not load/,
    },
    {
      name: "the worker's script fails",
      run: () => ({ edits: { '/web-worker.js': () => 'throw new Error("too old a browser")' } }),
      says: /^EngineError: web backend: the worker failed: .*too old a browser/,
    },
    {
      name: "the worker's script is another one, and says nothing",
      run: () => ({ edits: { '/web-worker.js': () => 'addEventListener("message", () => undefined)' } }),
      says: /^EngineError: web backend: the worker did not answer within 20 s/,
    },
    {
      name: 'the threads of the pool do not start',
      run: () => ({ edits: { '/web-worker.js': (text) => `${neverInPool}${text}` } }),
      says: /^EngineError: web backend: ONNX Runtime did not start: its threads did not start within 20 s/,
    },
    {
      name: 'the security policy forbids WebAssembly',
      run: () => policy("script-src 'self'"),
      says: /^EngineError: web backend: ONNX Runtime did not start: .*Content Security Policy/,
    },
    {
      name: 'the security policy forbids workers',
      run: () => policy("script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'"),
      says: /^EngineError: web backend: the worker (failed|was refused): /,
    },
    {
      name: 'the security policy forbids to load the WebAssembly',
      run: () => policy("script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'"),
      says: /^EngineError: web backend: ONNX Runtime did not start: /,
    },
  ])('where $name', async ({ run, says }) => {
    const [outcome] = await outcomes(run());
    expect(outcome).toMatch(says);
  });
});

test('the engine starts under the security policy that the docs give', async () => {
  const docs = pages.find(({ path }) => path === 'docs/browser-bundlers.md')?.text ?? '';
  const [, given] = /allow `(script-src [^`]+)`/.exec(docs) ?? [];
  const headers = { 'Content-Security-Policy': `default-src 'none'; img-src data:; ${given}` };
  expect(await outcomes({ headers })).toEqual(['ran']);
});

test('a start that failed is tried again at the next call', async () => {
  // ONNX Runtime asks three times, and then we do, to say why.
  expect(await outcomes({ refusedFirst: { [wasm]: 4 } }, { calls: 3 })).toEqual([
    expect.stringMatching(/^EngineError: .*\.wasm: expected ONNX Runtime's WebAssembly, got status 503/),
    'ran',
    'ran',
  ]);
});

test('the engine starts in a worker of the page too, with a worker of its own', async () => {
  expect(await outcomes({}, { where: 'worker' })).toEqual(['ran']);
});
