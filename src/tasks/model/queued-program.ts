import { noPadding } from '../../data/batch/padding.ts';
import { firstOf, itemAt } from '../../io/item-at.ts';
import { type FormedModel, hasOneForm, mayShareBatch } from '../../models/text-length.ts';
import type { Backend, CompileOptions } from '../../runtime/backend.ts';
import { BatchQueue, type BatchQueueOptions, type SubmitOptions } from '../../runtime/queue/batch-queue.ts';
import type { QueueItem } from '../../runtime/queue/waiting-items.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import type { Weights } from '../../train/run/average.ts';
import type { EncodedRow } from '../run/encoded-row.ts';
import { withUsualPadding } from './engine-padding.ts';
import { type CompiledForms, compiledForms, type ProgramOf } from './row-program.ts';

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
 * Every row is read in the form for its own length, whatever is read with it. Must be disposed of.
 */
export class QueuedProgram<Row extends EncodedRow, Result> {
  readonly #forms: CompiledForms<Row, Result>;
  readonly #queue: BatchQueue<number, WaitingRow<Row>, Result>;

  private constructor(
    forms: CompiledForms<Row, Result>,
    options: Pick<BatchQueueOptions<number, WaitingRow<Row>, Result>, 'name' | 'lanes' | 'fits'>,
  ) {
    this.#forms = forms;
    this.#queue = new BatchQueue({
      ...options,
      async run(lane, waiting, signal) {
        const rows = waiting.map(({ row }) => row);
        const { program, lanes } = await forms.at(firstOf(rows, 'a row').size);
        const outputs = await itemAt(lanes, lane, 'a lane').run(program.feeds(rows), waiting[0]?.key, signal);
        return program.results(outputs, rows);
      },
    });
  }

  /**
   * With shared weights the engine holds them; otherwise every call brings its own. The program of a model with one form is
   * compiled at once, those of others with their first rows.
   *
   * @param maxTokens tokens in a batch, padding included; a longer row is a batch by itself.
   */
  static async make<Setup extends FormedModel, Row extends EncodedRow, Result>(
    programOf: ProgramOf<Setup, Row, Result>,
    model: Setup,
    engine: Backend | SharedWeights,
    maxTokens: number = tokensInBatch,
  ): Promise<QueuedProgram<Row, Result>> {
    const setup = withUsualPadding(model, engine instanceof SharedWeights ? engine.backend : engine, maxTokens);
    const { length } = setup.tokens?.padding ?? noPadding;
    const lanes = lanesOf(engine);
    const forms = compiledForms(programOf, setup, engine, lanes);
    if (hasOneForm(setup)) await forms.at(maxTokens);
    return new QueuedProgram(forms, {
      name: programOf(setup).name,
      lanes: [...lanes.keys()],
      fits: (count, longest, shortest) =>
        count * length(longest) <= maxTokens && mayShareBatch(setup, longest, shortest),
    });
  }

  /** Results of rows, in order; see {@link BatchQueue.submit}. */
  submit(rows: readonly Row[], { weights, signal }: WeightedCall = {}): Promise<Result[]> {
    const waiting = rows.map((row) => ({ row, size: row.size, key: weights }));
    return this.#queue.submit(waiting, { signal });
  }

  /** Rejects waiting calls, waits for the batch in flight, and frees the engine's memory. */
  async dispose(): Promise<void> {
    await this.#queue.close();
    await this.#forms.dispose();
  }
}

/** A program over rows in an engine that holds its weights. */
export interface OpenProgram<Row extends EncodedRow, Result> {
  /** Results of rows, in order. @throws `signal.reason` when it is aborted. */
  run(rows: readonly Row[], options: SubmitOptions): Promise<Result[]>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/** A model with its weights. */
type Weighted = FormedModel & { readonly parameters: Weights };

/** Opens the program of a finished model. */
export async function openProgram<Setup extends Weighted, Row extends EncodedRow, Result>(
  programOf: ProgramOf<Setup, Row, Result>,
  model: Setup,
  backend: Backend,
): Promise<OpenProgram<Row, Result>> {
  const weights = new SharedWeights(backend, model.parameters);
  const queued = await QueuedProgram.make(programOf, model, weights).catch(async (error) => {
    await weights.dispose();
    throw error;
  });
  return {
    run: (rows, options) => queued.submit(rows, options),
    async dispose() {
      await queued.dispose();
      await weights.dispose();
    },
  };
}
