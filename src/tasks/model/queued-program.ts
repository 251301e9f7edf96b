import type { Scope } from '../../nn/index.ts';
import type { Backend, CompileOptions, Feeds } from '../../runtime/backend.ts';
import { BatchQueue, type QueueItem, type SubmitOptions } from '../../runtime/queue/batch-queue.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import type { Weights } from '../../train/run/average.ts';
import { type GraphOutputs, type HostOutputs, ModelProgram } from './model-program.ts';

/** A row of a batch. Its size is its tokens; its key is the weights it runs with. */
export interface ProgramRow extends QueueItem {
  readonly key?: Weights | undefined;
}

/** Options of one call. */
export interface WeightedCall extends SubmitOptions {
  /** The weights for its rows, if the engine holds none. */
  readonly weights?: Weights | undefined;
}

/** Runs a batch: outputs by name. */
export type RunBatch<Outputs> = (feeds: Feeds) => Promise<HostOutputs<Outputs>>;

/** How a program serves calls. */
export interface QueuedProgramOptions<Row extends ProgramRow, Result, Outputs extends object> {
  /** The beginning of the error for calls after disposal: `the tagger` … is disposed. */
  readonly name: string;
  outputs(root: Scope): Outputs & GraphOutputs;
  /** With shared weights the engine holds them; otherwise every row brings its own. */
  readonly engine: Backend | SharedWeights;
  /** Tokens in a batch, padding included; a longer row is a batch by itself. */
  readonly maxTokens: number;
  /** One result per row, in order. */
  batch(rows: readonly Row[], run: RunBatch<Outputs>): Promise<readonly Result[]>;
}

/**
 * Two programs with one thread each, if the engine holds the weights and its runs overlap: on two cores this gives
 * about twice as many texts per second as one program with two threads. The number does not grow with the cores, unlike
 * in decoding.
 */
const lanesOf = (engine: Backend | SharedWeights): readonly CompileOptions[] =>
  engine instanceof SharedWeights && engine.backend.parallelism !== undefined ? [{ threads: 1 }, { threads: 1 }] : [{}];

/**
 * A forward pass of a model for any number of concurrent calls: rows that arrive while a batch runs share the next one.
 * Must be disposed of.
 */
export class QueuedProgram<Row extends ProgramRow, Result, Outputs extends object> {
  readonly #programs: readonly ModelProgram<Outputs>[];
  readonly #queue: BatchQueue<ModelProgram<Outputs>, Row, Result>;

  private constructor(
    programs: readonly ModelProgram<Outputs>[],
    { name, maxTokens, batch }: QueuedProgramOptions<Row, Result, Outputs>,
  ) {
    this.#programs = programs;
    this.#queue = new BatchQueue({
      name,
      lanes: programs,
      fits: (count, size) => count * size <= maxTokens,
      run: (lane, rows, signal) => batch(rows, (feeds) => lane.run(feeds, rows[0]?.key, signal)),
    });
  }

  static async make<Row extends ProgramRow, Result, Outputs extends object>(
    options: QueuedProgramOptions<Row, Result, Outputs>,
  ): Promise<QueuedProgram<Row, Result, Outputs>> {
    const { outputs, engine } = options;
    const programs: ModelProgram<Outputs>[] = [];
    for (const compiled of lanesOf(engine)) programs.push(await ModelProgram.make(outputs, engine, compiled));
    return new QueuedProgram(programs, options);
  }

  /** Results of rows, in order; see {@link BatchQueue.submit}. */
  submit(rows: readonly Row[], options?: SubmitOptions): Promise<Result[]> {
    return this.#queue.submit(rows, options);
  }

  /** Rejects waiting calls, waits for the batch in flight, and frees the engine's memory. */
  async dispose(): Promise<void> {
    await this.#queue.close();
    await Promise.all(this.#programs.map((program) => program.dispose()));
  }
}
