/** Reads broken inputs one after the other, in a thread of its own, so that one that never ends can be ended. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '../../src/io/error.ts';
import { inputOf } from './input.ts';
import type { Files, Kind } from './kind.ts';
import { kinds } from './kinds.ts';

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

/** What a worker reports: a finding, or what has become of the runs since the last report, by kind. */
export type Report =
  | { readonly finding: Finding }
  | { readonly counts: Readonly<Record<string, Counts>>; readonly isDone: boolean };

export interface Counts {
  accepted: number;
  refused: number;
}

const slowest = 1000;
const mostMemory = 400 * 2 ** 20;

const work = workerData as Work;
const port = parentPort;
if (!port) throw new Error('fuzz: expected to run in a worker');

let number = 0;
let refusal = '';
async function read(kind: Kind, files: Files): Promise<string | undefined> {
  let path = '';
  if (kind.isOnDisk) {
    path = join(work.folder, String(number++));
    for (const [name, bytes] of files) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), bytes);
    }
  }
  try {
    await kind.read(files, path);
    return 'accepted';
  } catch (error) {
    if (error instanceof InputError) {
      refusal = error.message;
      return 'refused';
    }
    return error instanceof Error ? (error.stack ?? error.message) : `thrown: ${String(error)}`;
  } finally {
    if (kind.isOnDisk) rmSync(path, { recursive: true, force: true });
  }
}

/** Milliseconds of the fastest of up to three tries, since the machine may be busy with other things. */
async function timed(kind: Kind, files: Files): Promise<[string | undefined, number]> {
  let fastest = Infinity;
  let outcome: string | undefined;
  for (let left = 3; left > 0 && fastest > slowest; left--) {
    const start = performance.now();
    outcome = await read(kind, files);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return [outcome, fastest];
}

const current = new Int32Array(work.current);
const chosen = await Promise.all(
  work.kinds.map(async (name) => {
    const kind = kinds.find((one) => one.name === name);
    if (!kind) throw new Error(`fuzz: expected a kind of ${kinds.map((one) => one.name).join(', ')}, got ${name}`);
    return { kind, seeds: await kind.seeds() };
  }),
);
for (const { kind, seeds } of chosen) {
  for (const { files } of seeds) {
    const outcome = await read(kind, files);
    if (outcome !== 'accepted')
      port.postMessage({
        finding: {
          run: -1,
          kind: kind.name,
          what: `a whole input is not read: ${outcome === 'refused' ? refusal : outcome}`,
          files,
        },
      });
  }
}
let counts: Record<string, Counts> = {};
let told = performance.now();
for (let run = work.from; run < work.to; run++) {
  Atomics.store(current, 0, run);
  const { kind, seeds } = chosen[run % chosen.length] as (typeof chosen)[number];
  const files = work.input ?? inputOf(kind, seeds, [work.seed, run]);
  const before = process.resourceUsage().maxRSS * 1024;
  const [outcome, milliseconds] = await timed(kind, files);
  const grown = process.resourceUsage().maxRSS * 1024 - before;
  const own = (counts[kind.name] ??= { accepted: 0, refused: 0 });
  if (outcome === 'accepted' || outcome === 'refused') own[outcome]++;
  const wrong = [
    ...(outcome === 'accepted' || outcome === 'refused' ? [] : [String(outcome)]),
    ...(milliseconds > slowest ? [`took ${Math.round(milliseconds)} ms`] : []),
    ...(grown > mostMemory ? [`took ${Math.round(grown / 2 ** 20)} MiB`] : []),
  ];
  for (const what of wrong) port.postMessage({ finding: { run, kind: kind.name, what, files } });
  if (performance.now() - told > 500 || run + 1 === work.to) {
    port.postMessage({ counts, isDone: run + 1 === work.to });
    counts = {};
    told = performance.now();
  }
}
