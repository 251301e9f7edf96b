import { labelledDigest } from '../../data/batch/digest.ts';
import { noPadding, type Padding } from '../../data/batch/padding.ts';
import { planTextEpoch } from '../../data/batch/text-epoch.ts';
import { itemAt } from '../../io/item-at.ts';
import { type FormedModel, forLength, withPadding } from '../../models/text-length.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { SharedWeights } from '../../runtime/shared-weights.ts';
import type { Weights } from '../../train/run/average.ts';
import type { MicroBatch } from '../../train/update/micro-batch.ts';
import { QueuedProgram } from '../model/queued-program.ts';
import type { RowProgram } from '../model/row-program.ts';
import type { Scores } from '../task.ts';
import type { EncodedRow, RowSet } from './encoded-row.ts';
import type { Evaluator } from './evaluator.ts';
import type { Splits } from './split.ts';
import type { PreparedTask } from './task-run.ts';

/** A model over rows: how it runs, how batches with labels are made, and how its results are scored. */
export interface RowTask<Row extends EncodedRow, Result, S extends RowSet<Row>> extends RowProgram<Row, Result> {
  /** A batch to train on. Labels that are drawn anew in every epoch are drawn from its number. */
  batch(rows: readonly Row[], epoch: number): Omit<MicroBatch, 'tokens'>;
  /** What identifies a row. */
  digested(row: Row): { readonly ids: Int32Array; readonly targets: readonly number[] };
  /** Scores without prefix, `loss` first. `results`: one per row. */
  scores(set: S, results: readonly Result[], weights: Weights): Scores;
}

/** What makes the task of a model, in whatever form the model is. */
export type TaskOf<Setup extends FormedModel, Row extends EncodedRow, Result, S extends RowSet<Row>> = (
  setup: Setup,
) => RowTask<Row, Result, S>;

/** How to train on rows: the fields of a recipe's `train`. */
interface RowArguments {
  readonly max_tokens_per_batch: number;
  readonly per_device_train_batch_size?: number | undefined;
  readonly pad_to_multiple_of?: number | undefined;
  readonly seed: number;
  /** The rows of an epoch, some perhaps several times; all once when absent. */
  readonly sample?: ((epoch: number) => Int32Array) | undefined;
}

/** The batches of an epoch over all rows, or over those of a sample; rows take the length that they are padded to alone. */
function planRows(
  { rows, where }: RowSet<EncodedRow>,
  { length }: Padding,
  { max_tokens_per_batch, per_device_train_batch_size: max_texts_per_batch, seed, sample }: RowArguments,
  epoch: number,
): Int32Array[] {
  const options = { max_tokens_per_batch, max_texts_per_batch, seed };
  const sizes = rows.map(({ size }) => length(size));
  const chosen = sample?.(epoch);
  if (!chosen) return planTextEpoch({ sizes, where }, options, epoch);
  const at = (i: number) => itemAt(chosen, i, 'a sample');
  const ofSample = {
    sizes: Array.from(chosen, (row) => itemAt(sizes, row, 'a row')),
    where: (i: number) => where(at(i)),
  };
  return planTextEpoch(ofSample, options, epoch).map((batch) => batch.map(at));
}

/** Scores a model over rows. `maxTokens`: tokens in a batch, padding included. */
export async function rowEvaluator<Setup extends FormedModel, Row extends EncodedRow, Result, S extends RowSet<Row>>(
  taskOf: TaskOf<Setup, Row, Result, S>,
  setup: Setup,
  engine: Backend | SharedWeights,
  maxTokens?: number,
): Promise<Evaluator<S>> {
  const program = await QueuedProgram.make(taskOf, setup, engine, maxTokens);
  return {
    async score(set, { weights, signal }) {
      return taskOf(setup).scores(set, await program.submit(set.rows, { weights, signal }), weights);
    },
    dispose: () => program.dispose(),
  };
}

/** The model of a run over rows, and the most tokens of a row in training. */
interface RowModel<Setup> {
  readonly setup: Setup;
  readonly maxTokens: number;
}

/**
 * The part of a run that follows from rows: batches of similar length, scores and the digest of the data. Training reads
 * all rows in one form of the model, scoring each in its own.
 */
export function rowTraining<Setup extends FormedModel, Row extends EncodedRow, Result, S extends RowSet<Row>>(
  taskOf: TaskOf<Setup, Row, Result, S>,
  { setup: described, maxTokens }: RowModel<Setup>,
  { train, validation, test }: Splits<S>,
  settings: RowArguments,
): RowModel<Setup> & Pick<PreparedTask<S>, 'train' | 'sets' | 'evaluator' | 'dataDigest'> {
  const { pad_to_multiple_of = 1, max_tokens_per_batch } = settings;
  const setup = withPadding(described, pad_to_multiple_of, max_tokens_per_batch);
  const { padding = noPadding } = setup.tokens ?? {};
  const task = taskOf(forLength(setup, maxTokens));
  const digested = ({ rows }: S) => {
    const each = rows.map((row) => task.digested(row));
    return { ids: each.map(({ ids }) => ids), targets: each.map(({ targets }) => targets) };
  };
  return {
    setup,
    maxTokens,
    train: {
      samples: train.samples,
      plan: (epoch) => planRows(train, padding, settings, epoch),
      batch(indices, epoch) {
        const rows = Array.from(indices, (index) => itemAt(train.rows, index, 'a row'));
        return { ...task.batch(rows, epoch), tokens: rows.reduce((sum, { size }) => sum + size, 0) };
      },
    },
    sets: { validation, test },
    evaluator: (backend) => rowEvaluator(taskOf, setup, backend, max_tokens_per_batch),
    dataDigest: labelledDigest(...[train, ...(validation ? [validation] : [])].map(digested)),
  };
}
