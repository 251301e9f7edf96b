import type { Scope } from '../../nn/index.ts';
import type { Backend, CompileOptions, Feeds } from '../../runtime/backend.ts';
import { BatchQueue, type QueueItem, type SubmitOptions } from '../../runtime/batch-queue.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import type { Weights } from '../../train/run/average.ts';
import { type GraphOutputs, type HostOutputs, ModelProgram } from './model-program.ts';

/** A row of a batch. Its tokens are its size, the weights that it is run with its key. */
export interface ProgramRow extends QueueItem {
  readonly key?: Weights | undefined;
}

/** Options of one call. */
export interface WeightedCall extends SubmitOptions {
  /** The weights that its rows are run with, where the engine keeps none. */
  readonly weights?: Weights | undefined;
}

/** Runs a batch: outputs by their names. */
export type RunBatch<Outputs> = (feeds: Feeds) => Promise<HostOutputs<Outputs>>;

/** How a program serves calls. */
export interface QueuedProgramOptions<Row extends ProgramRow, Result, Outputs extends object> {
  /** Begins the sentence that a call gets after the disposal: `the tagger` … is disposed. */
  readonly name: string;
  outputs(root: Scope): Outputs & GraphOutputs;
  /** With shared weights the engine keeps them; with an engine alone, every row brings its own. */
  readonly engine: Backend | SharedWeights;
  /** Tokens in a batch, padding counted; a longer row is a batch of its own. */
  readonly maxTokens: number;
  /** A result for each row, in their order. */
  batch(rows: readonly Row[], run: RunBatch<Outputs>): Promise<readonly Result[]>;
}

/**
 * Two programs of one thread each where weights are kept and the engine's runs overlap: on two cores that gives about twice
 * the texts a second that one program of two threads gives. Not by the number of cores, as in decoding.
 */
const lanesOf = (engine: Backend | SharedWeights): readonly CompileOptions[] =>
  engine instanceof SharedWeights && engine.backend.parallelism !== undefined ? [{ threads: 1 }, { threads: 1 }] : [{}];

/** A pass of a model for any number of calls at once: the rows that come while a batch runs share the next one. Must be disposed of. */
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

  /** Results of rows, in their order; see {@link BatchQueue.submit}. */
  submit(rows: readonly Row[], options?: SubmitOptions): Promise<Result[]> {
    return this.#queue.submit(rows, options);
  }

  /** Ends what waits with an error, waits for the batch in flight, and frees the engine's memory. */
  async dispose(): Promise<void> {
    await this.#queue.close();
    await Promise.all(this.#programs.map((program) => program.dispose()));
  }
}
