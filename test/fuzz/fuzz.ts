import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { inputOf } from './input.ts';
import type { Files, Kind } from './kind.ts';
import type { Counts, Finding, Report, Work } from './reading.ts';

/** How to fuzz. */
export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly kinds: readonly Kind[];
  /** The module that reads inputs of these kinds, in a thread of its own. */
  readonly worker?: string;
  /** Milliseconds after which a run of which no end is seen is ended. Default 10,000. */
  readonly longest?: number;
  /** MiB of the worker's heap. Default 512. */
  readonly heap?: number;
  /** One input, read once, instead of those of the seed. */
  readonly input?: Files;
  found?(finding: Finding): void;
  progress?(done: number): void;
}

export interface FuzzResult {
  readonly findings: readonly Finding[];
  readonly counts: ReadonlyMap<string, Counts>;
}

/** Reads broken inputs and reports those that end in anything but a result or an InputError, or take too long. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { runs, seed, kinds, worker: entry = 'test/fuzz/worker.ts', longest = 10_000, heap = 512 } = options;
  const { input, found, progress } = options;
  const folder = await mkdtemp(join(process.cwd(), 'node_modules/.cache/heddle-fuzz-'));
  const worker = join(folder, 'worker.mjs');
  await build({
    entryPoints: [join(process.cwd(), entry)],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const findings: Finding[] = [];
  const counts = new Map<string, Counts>();
  const keep = (finding: Finding): void => {
    findings.push(finding);
    found?.(finding);
  };
  try {
    for (let from = 0; from < runs; ) {
      from = await stretch(
        worker,
        { seed, kinds: kinds.map(({ name }) => name), from, to: runs, folder, input },
        { kinds, longest, heap, keep, counts, progress },
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { findings, counts };
}

interface Listener {
  readonly kinds: readonly Kind[];
  readonly longest: number;
  readonly heap: number;
  keep(finding: Finding): void;
  readonly counts: Map<string, Counts>;
  progress?(done: number): void;
}

/** Runs a worker until it is done or must be ended; gives the number of the run to go on with. */
async function stretch(
  file: string,
  work: Omit<Work, 'current'>,
  { kinds, longest, heap, keep, counts, progress }: Listener,
): Promise<number> {
  const shared = new SharedArrayBuffer(4);
  const current = new Int32Array(shared).fill(-1);
  const worker = new Worker(file, {
    workerData: { ...work, current: shared } satisfies Work,
    resourceLimits: { maxOldGenerationSizeMb: heap },
  });
  let last = -1;
  let since = performance.now();
  const watch = { isHung: false };
  const timer = setInterval(() => {
    const run = Atomics.load(current, 0);
    if (run !== last || run < 0) [last, since] = [run, performance.now()];
    else if (performance.now() - since > longest) {
      watch.isHung = true;
      void worker.terminate();
    }
  }, 200);
  const failure = await new Promise<unknown>((resolve) => {
    worker.on('message', (report: Report) => {
      if ('finding' in report) return keep(report.finding);
      const sum = counts.get(report.kind) ?? { read: 0, refused: 0, failed: 0 };
      sum[report.outcome]++;
      counts.set(report.kind, sum);
      progress?.(report.run + 1);
      if (report.run + 1 === work.to) resolve(undefined);
    });
    worker.on('error', resolve);
    worker.on('exit', (status) => resolve(new Error(`the worker ended with ${status}`)));
  }).finally(() => clearInterval(timer));
  await worker.terminate();
  if (failure === undefined) return work.to;
  const run = Atomics.load(current, 0);
  if (run < 0) throw failure;
  const kind = kinds[run % kinds.length];
  const files = work.input ?? inputOf(kind, await kind.seeds(), [work.seed, run]);
  const reason = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  keep({ run, kind: kind.name, what: watch.isHung ? `no end after ${longest} ms` : reason, files });
  return run + 1;
}
