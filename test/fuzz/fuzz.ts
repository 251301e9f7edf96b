import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { inputOf } from './input.ts';
import type { Files } from './kind.ts';
import { kinds as everyKind } from './kinds.ts';
import type { Counts, Finding, Report, Work } from './worker.ts';

/** How to fuzz. */
export interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly kinds: readonly string[];
  /** One input, read once, instead of those of the seed. */
  readonly input?: Files;
  found?(finding: Finding): void;
  progress?(done: number): void;
}

export interface FuzzResult {
  readonly findings: readonly Finding[];
  readonly counts: ReadonlyMap<string, Counts>;
}

/** A run that takes longer, of which no end is seen, is ended. */
const longest = 10_000;

/** Reads broken inputs and reports those that end in anything but a result or an InputError, or take too long. */
export async function fuzz({ runs, seed, kinds, input, found, progress }: FuzzOptions): Promise<FuzzResult> {
  const folder = await mkdtemp(join(process.cwd(), 'node_modules/.cache/heddle-fuzz-'));
  const worker = join(folder, 'worker.mjs');
  await build({
    entryPoints: [join(process.cwd(), 'test/fuzz/worker.ts')],
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
      from = await stretch(worker, { seed, kinds, from, to: runs, folder, input }, { keep, counts, progress });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { findings, counts };
}

interface Listener {
  keep(finding: Finding): void;
  readonly counts: Map<string, Counts>;
  progress?(done: number): void;
}

/** Runs a worker until it is done or must be ended; gives the number of the run to go on with. */
async function stretch(
  file: string,
  work: Omit<Work, 'current'>,
  { keep, counts, progress }: Listener,
): Promise<number> {
  const shared = new SharedArrayBuffer(4);
  const current = new Int32Array(shared).fill(-1);
  const worker = new Worker(file, {
    workerData: { ...work, current: shared } satisfies Work,
    resourceLimits: { maxOldGenerationSizeMb: 512 },
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
      for (const [kind, { accepted, refused }] of Object.entries(report.counts)) {
        const sum = counts.get(kind) ?? { accepted: 0, refused: 0 };
        counts.set(kind, { accepted: sum.accepted + accepted, refused: sum.refused + refused });
      }
      progress?.(Atomics.load(current, 0) + 1);
      if (report.isDone) resolve(undefined);
    });
    worker.on('error', resolve);
    worker.on('exit', (status) => resolve(new Error(`the worker ended with ${status}`)));
  }).finally(() => clearInterval(timer));
  await worker.terminate();
  if (failure === undefined) return work.to;
  const run = Atomics.load(current, 0);
  if (run < 0) throw failure;
  const name = String(work.kinds[run % work.kinds.length]);
  const kind = everyKind.find((one) => one.name === name);
  const files = work.input ?? (kind ? inputOf(kind, await kind.seeds(), [work.seed, run]) : new Map());
  const reason = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  keep({ run, kind: name, what: watch.isHung ? `no end after ${longest} ms` : reason, files });
  return run + 1;
}
