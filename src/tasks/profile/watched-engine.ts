import { InputError } from '../../io/error.ts';
import type { Backend, CompileOptions, ProfiledProgram, Program, RecordedRun } from '../../runtime/backend.ts';

/** A program with the times of its runs, in ms. */
export interface WatchedProgram {
  readonly bytes: Uint8Array;
  readonly outputs: readonly string[];
  readonly runs: readonly { readonly start: number; readonly end: number }[];
  /** What the engine recorded of its first runs; empty if it does not record. */
  recorded(): Promise<readonly RecordedRun[]>;
}

/** An engine whose programs note when they run. */
export interface WatchedEngine {
  readonly backend: Backend;
  /** In the order in which they were compiled. */
  readonly programs: readonly WatchedProgram[];
}

/** The engine's way to compile programs that it records. @throws {InputError} when it has no profiler. */
export function recorderOf({ name, compileProfiled }: Backend): NonNullable<Backend['compileProfiled']> {
  if (compileProfiled) return compileProfiled;
  throw new InputError(
    `--profile: the engine ${name} does not record when its nodes run; cpu does, the usual engine in Node (--engine cpu)`,
  );
}

/** Notes the runs of an engine's programs; with `isRecorded` the engine records their nodes too. */
export function watchedEngine(backend: Backend, { isRecorded }: { readonly isRecorded: boolean }): WatchedEngine {
  const programs: WatchedProgram[] = [];
  const watch = (program: Program, bytes: Uint8Array, recorded: WatchedProgram['recorded']): Program => {
    const runs: { start: number; end: number }[] = [];
    programs.push({ bytes, outputs: program.outputs, runs, recorded });
    return {
      inputs: program.inputs,
      outputs: program.outputs,
      async run(feeds, options) {
        const start = performance.now();
        const results = await program.run(feeds, options);
        runs.push({ start, end: performance.now() });
        return results;
      },
      dispose: () => program.dispose(),
    };
  };
  const compile = async (bytes: Uint8Array, options?: CompileOptions): Promise<Program> => {
    if (!isRecorded) return watch(await backend.compile(bytes, options), bytes, async () => []);
    const program: ProfiledProgram = await recorderOf(backend)(bytes, options);
    return watch(program, bytes, () => program.recordedRuns());
  };
  return { backend: { ...backend, compile }, programs };
}

/** The total length of spans that may overlap. */
export function coveredTime(spans: readonly { readonly start: number; readonly end: number }[]): number {
  let covered = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    covered += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return covered;
}
