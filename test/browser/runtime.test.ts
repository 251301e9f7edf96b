import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backendCases } from '../runtime/backend-suite.ts';
import type { Browser } from './harness.ts';
import type { Argument } from './runtime-page.ts';
import { gpuTest, openGpuBrowser } from './software-gpu.ts';
import { failingStarts, webCases } from './web-cases.ts';

const entry = new URL('./runtime-page.ts', import.meta.url);

describe('ONNX Runtime in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openGpuBrowser();
  });
  afterAll(() => browser?.close());

  const run = (argument: Argument, isolated = true) => browser.run({ entry, argument, isolated });
  const passed = (count: number) => ({ passed: count, failures: [] });

  test('WebAssembly with two threads passes the engine suite', async () => {
    const { value, errors } = await run({ suite: 'engine', options: { threads: 2 } });
    expect(value).toEqual({ isolated: true, threads: 2, ...passed(backendCases.length) });
    expect(errors).toEqual([]);
  });

  test('so it does with the files of ONNX Runtime in a folder of their own', async () => {
    const { value, errors } = await run({ suite: 'engine', options: { threads: 2, wasmPaths: './' } });
    expect(value).toEqual({ isolated: true, threads: 2, ...passed(backendCases.length) });
    expect(errors).toEqual([]);
  });

  test('a page that is not isolated gets one thread and passes too', async () => {
    const { value } = await run({ suite: 'engine', options: { threads: 2 } }, false);
    expect(value).toEqual({ isolated: false, threads: 1, ...passed(backendCases.length) });
  });

  gpuTest(
    'WebGPU passes the engine suite',
    () => browser,
    async () => {
      const { value, errors } = await browser.run({
        entry,
        argument: { suite: 'engine', provider: 'webgpu', options: {} } satisfies Argument,
        timeout: 170_000,
      });
      expect(value).toMatchObject(passed(backendCases.length));
      expect(errors).toEqual([]);
    },
  );

  test('the worker keeps the page alive, leaves fed arrays alone, and ends when told', async () => {
    const { value, errors } = await run({ suite: 'page', options: { threads: 2 } });
    expect(value).toMatchObject(passed(webCases.length));
    expect(errors).toEqual([]);
  });

  test('a start that fails says so', async () => {
    const { value, errors } = await run({ suite: 'start', options: { threads: 1 } });
    expect(value).toMatchObject(passed(failingStarts.length));
    expect(errors.join('\n')).toContain('nowhere');
  });
});
