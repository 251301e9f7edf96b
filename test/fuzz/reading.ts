/** Reading broken inputs one after the other in a thread of its own, so that one that never ends can be ended. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../src/io/error.ts';
import { inputOf } from './input.ts';
import type { Files, Kind } from './kind.ts';

/** What a worker is asked to do. */
export interface Work {
  readonly seed: number;
  /** Names of kinds; runs go through them in turn. */
  readonly kinds: readonly string[];
  /** Numbers of runs, `to` excluded. */
  readonly from: number;
  readonly to: number;
  /** The number of the run that is under way. */
  readonly current: SharedArrayBuffer;
  /** A folder that is the worker's own. */
  readonly folder: string;
  /** One input instead of those of the seed. */
  readonly input?: Files;
}

/** What is wrong with a run. */
export interface Finding {
  readonly run: number;
  readonly kind: string;
  readonly what: string;
  readonly files: Files;
}

/** What has become of the runs of a kind. */
export interface Counts {
  read: number;
  /** With an InputError. */
  refused: number;
  failed: number;
}

/** What a worker reports: what is wrong with a run, or that a run has ended. */
export type Report =
  | { readonly finding: Finding }
  | { readonly run: number; readonly kind: string; readonly outcome: keyof Counts };

const slowest = 1000;
const mostMemory = 400 * 2 ** 20;

/** Does what the worker was started for. */
export async function readInputs(kinds: readonly Kind[]): Promise<void> {
  const work = workerData as Work;
  const reader = new Reader(work.folder);
  const report = (message: Report): void => parentPort?.postMessage(message);
  const current = new Int32Array(work.current);
  const chosen = await Promise.all(
    work.kinds.map(async (name) => {
      const kind = kinds.find((one) => one.name === name) as Kind;
      return { kind, seeds: await kind.seeds() };
    }),
  );
  for (const { kind, seeds } of work.input ? [] : chosen) {
    for (const { files } of seeds) {
      const outcome = await reader.read(kind, files);
      if (outcome.ending === 'read') continue;
      report({ finding: { run: -1, kind: kind.name, what: `a whole input is not read: ${outcome.what}`, files } });
    }
  }
  for (let run = work.from; run < work.to; run++) {
    Atomics.store(current, 0, run);
    const { kind, seeds } = chosen[run % chosen.length];
    const files = work.input ?? inputOf(kind, seeds, [work.seed, run]);
    const before = process.resourceUsage().maxRSS * 1024;
    const [outcome, milliseconds] = await reader.timed(kind, files);
    const grown = process.resourceUsage().maxRSS * 1024 - before;
    const wrong = [
      ...(outcome.ending === 'failed' ? [outcome.what] : []),
      ...(milliseconds > slowest ? [`took ${Math.round(milliseconds)} ms`] : []),
      ...(grown > mostMemory ? [`took ${Math.round(grown / 2 ** 20)} MiB`] : []),
      ...reader.warnings.splice(0).map((warning) => `a warning: ${warning}`),
    ];
    for (const what of wrong) report({ finding: { run, kind: kind.name, what, files } });
    report({ run, kind: kind.name, outcome: outcome.ending });
  }
}

interface Outcome {
  readonly ending: keyof Counts;
  readonly what: string;
}

class Reader {
  readonly warnings: string[] = [];
  readonly #folder: string;
  #number = 0;

  constructor(folder: string) {
    this.#folder = folder;
    process.on('warning', ({ message }) => this.warnings.push(message));
  }

  async read(kind: Kind, files: Files): Promise<Outcome> {
    const path = join(this.#folder, String(this.#number++));
    if (kind.isOnDisk) {
      for (const [name, bytes] of files) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), bytes);
      }
    }
    try {
      await kind.read(files, path);
      return { ending: 'read', what: '' };
    } catch (error) {
      if (error instanceof InputError) return { ending: 'refused', what: error.message };
      const what = error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}`;
      return { ending: 'failed', what };
    } finally {
      if (kind.isOnDisk) rmSync(path, { recursive: true, force: true });
    }
  }

  /** Milliseconds of the fastest of up to three tries, since the machine may be busy with other things. */
  async timed(kind: Kind, files: Files): Promise<[Outcome, number]> {
    let fastest = Infinity;
    for (let left = 3; ; left--) {
      const start = performance.now();
      const outcome = await this.read(kind, files);
      fastest = Math.min(fastest, performance.now() - start);
      if (fastest <= slowest || left === 1) return [outcome, fastest];
    }
  }
}
