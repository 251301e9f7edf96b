/** In the page: the engine suite and what only a page can show, by name. */

import { type WebOptions, webBackend } from '../../src/runtime/web.ts';
import { webGpuBackend } from '../../src/runtime/webgpu.ts';
import { backendCases } from '../runtime/backend-suite.ts';
import { failingStarts, type WebCase, webCases } from './web-cases.ts';

const engineCases: readonly WebCase[] = backendCases.map(({ name, run }) => ({
  name,
  async run(options) {
    suiteBackend ??= makeBackend(options);
    await run(suiteBackend);
  },
}));

let makeBackend = webBackend;
let suiteBackend: ReturnType<typeof webBackend> | undefined;

const suites = { engine: engineCases, page: webCases, start: failingStarts };

export interface Argument {
  readonly suite: keyof typeof suites;
  /** WebAssembly when absent. */
  readonly provider?: 'webgpu';
  readonly options: WebOptions;
}

export interface Report {
  readonly isolated: boolean;
  /** Threads of the pool, as the engine reports them. */
  readonly threads: number | null;
  readonly passed: number;
  readonly failures: readonly string[];
}

export default async function report({ suite, provider, options }: Argument): Promise<Report> {
  if (provider === 'webgpu') makeBackend = webGpuBackend;
  const failures: string[] = [];
  for (const { name, run } of suites[suite]) {
    await run(options).catch((error: Error) => failures.push(`${name}: ${error.message}`));
  }
  const threads = suiteBackend?.threads ?? null;
  return { isolated: crossOriginIsolated, threads, passed: suites[suite].length - failures.length, failures };
}
