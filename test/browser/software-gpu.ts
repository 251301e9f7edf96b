/** WebGPU in the tests' Chromium. */
import { test } from 'vitest';
import { type Browser, openBrowser } from './harness.ts';

/** WebGPU computed by the processor: slow, but the same shaders. */
const flags = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/** Starts a browser in which WebGPU has a GPU, if this Chromium can. */
export const openGpuBrowser = (): Promise<Browser> => openBrowser(flags);

/** A test that needs WebGPU; where this Chromium offers no GPU, a skip that says so. */
export function gpuTest(name: string, browser: () => Browser, work: () => Promise<void>, timeout = 180_000): void {
  test(
    name,
    async (context) => {
      const { value } = await browser().run({ entry: new URL('./adapter-page.ts', import.meta.url) });
      context.skip(!value, 'this Chromium offers no GPU to WebGPU');
      await work();
    },
    timeout,
  );
}
