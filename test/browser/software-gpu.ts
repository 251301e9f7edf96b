/** WebGPU in the tests' Chromium. */
import { test } from 'vitest';
import { type Browser, openBrowser } from './harness.ts';

const entry = new URL('./adapter-page.ts', import.meta.url);

/** WebGPU computed by the processor: slow, but the same shaders. */
const flags = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/** Starts a browser in which WebGPU has a GPU, if this Chromium can. */
export const openGpuBrowser = (): Promise<Browser> => openBrowser(flags);

const known = new WeakMap<Browser, Promise<boolean>>();

/** Whether the browser offers a GPU; asked once. */
function offersGpu(browser: Browser): Promise<boolean> {
  const asked = known.get(browser) ?? browser.run({ entry }).then(({ value }) => value === true);
  known.set(browser, asked);
  return asked;
}

/** A test that needs WebGPU; where this Chromium offers no GPU, a skip that says so. */
export function gpuTest(name: string, browser: () => Browser, work: () => Promise<void>, timeout = 180_000): void {
  test(
    name,
    async (context) => {
      context.skip(!(await offersGpu(browser())), 'this Chromium offers WebGPU no GPU');
      await work();
    },
    timeout,
  );
}
