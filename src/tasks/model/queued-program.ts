import type { Scope } from '../../nn/index.ts';
import type { Backend, CompileOptions, Feeds } from '../../runtime/backend.ts';
import { BatchQueue, type QueueItem, type SubmitOptions } from '../../runtime/queue/batch-queue.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import type { Weights } from '../../train/run/average.ts';
import type { EncodedRow } from '../run/encoded-row.ts';
import { type GraphOutputs, type HostOutputs, ModelProgram } from './model-program.ts';

/** A forward pass over rows, as data: its graph, its inputs for rows, and what each row gets from its outputs. */
export interface RowProgram<Row extends EncodedRow, Result, Outputs extends object = object> {
  /** The beginning of the error for calls after disposal: `the tagger` … is disposed. */
  readonly name: string;
  outputs(root: Scope): Outputs & GraphOutputs;
  /** The inputs of a batch. */
  feeds(rows: readonly Row[]): Feeds;
  /** One result per row, in order. */
  results(outputs: HostOutputs<Outputs>, rows: readonly Row[]): readonly Result[];
}

/** Tokens in a batch of a finished model, padding included. */
export const tokensInBatch = 4096;

/** Options of one call. */
export interface WeightedCall extends SubmitOptions {
  /** The weights for its rows, if the engine holds none. */
  readonly weights?: Weights | undefined;
}

/**
 * Two programs with one thread each, if the engine holds the weights and its runs overlap: on two cores this gives
 * about twice as many texts per second as one program with two threads. The number does not grow with the cores, unlike
 * in decoding.
 */
const lanesOf = (engine: Backend | SharedWeights): readonly CompileOptions[] =>
  engine instanceof SharedWeights && engine.backend.parallelism !== undefined ? [{ threads: 1 }, { threads: 1 }] : [{}];

/** A row that waits for its batch, and the weights that it runs with. */
interface WaitingRow<Row> extends QueueItem {
  readonly row: Row;
  readonly key: Weights | undefined;
}

/**
 * A forward pass of a model for any number of concurrent calls: rows that arrive while a batch runs share the next one.
 * Must be disposed of.
 */
export class QueuedProgram<Row extends EncodedRow, Result> {
  readonly #lanes: readonly ModelProgram<object>[];
  readonly #queue: BatchQueue<ModelProgram<object>, WaitingRow<Row>, Result>;

  private constructor(
    { name, feeds, results }: RowProgram<Row, Result>,
    lanes: readonly ModelProgram<object>[],
    maxTokens: number,
  ) {
    this.#lanes = lanes;
    this.#queue = new BatchQueue({
      name,
      lanes,
      fits: (count, size) => count * size <= maxTokens,
      async run(lane, waiting, signal) {
        const rows = waiting.map(({ row }) => row);
        return results(await lane.run(feeds(rows), waiting[0]?.key, signal), rows);
      },
    });
  }

  /**
   * With shared weights the engine holds them; otherwise every call brings its own.
   *
   * @param maxTokens tokens in a batch, padding included; a longer row is a batch by itself.
   */
  static async make<Row extends EncodedRow, Result>(
    program: RowProgram<Row, Result>,
    engine: Backend | SharedWeights,
    maxTokens: number = tokensInBatch,
  ): Promise<QueuedProgram<Row, Result>> {
    const lanes: ModelProgram<object>[] = [];
    for (const options of lanesOf(engine)) lanes.push(await ModelProgram.make(program.outputs, engine, options));
    return new QueuedProgram(program, lanes, maxTokens);
  }

  /** Results of rows, in order; see {@link BatchQueue.submit}. */
  submit(rows: readonly Row[], { weights, signal }: WeightedCall = {}): Promise<Result[]> {
    const waiting = rows.map((row) => ({ row, size: row.size, key: weights }));
    return this.#queue.submit(waiting, { signal });
  }

  /** Rejects waiting calls, waits for the batch in flight, and frees the engine's memory. */
  async dispose(): Promise<void> {
    await this.#queue.close();
    await Promise.all(this.#lanes.map((lane) => lane.dispose()));
  }
}

/** A program over rows in an engine that holds its weights. */
export interface OpenProgram<Row extends EncodedRow, Result> {
  /** Results of rows, in order. @throws `signal.reason` when it is aborted. */
  run(rows: readonly Row[], options: SubmitOptions): Promise<Result[]>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/** Compiles the program of a finished model. */
export async function openProgram<Row extends EncodedRow, Result>(
  program: RowProgram<Row, Result>,
  backend: Backend,
  parameters: Weights,
): Promise<OpenProgram<Row, Result>> {
  const weights = new SharedWeights(backend, parameters);
  const queued = await QueuedProgram.make(program, weights);
  return {
    run: (rows, options) => queued.submit(rows, options),
    async dispose() {
      await queued.dispose();
      await weights.dispose();
    },
  };
}
