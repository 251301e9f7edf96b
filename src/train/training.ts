import type { DataPosition } from '../data/batch/index-stream.ts';
import type { Parameter } from '../nn/index.ts';
import type { Backend, NodeAssignment } from '../runtime/backend.ts';
import type { MatchOptions } from '../weights/match-options.ts';
import type { WeightStore } from '../weights/weight-store.ts';
import type { TrainArguments } from './arguments.ts';
import type { Grouping } from './optimizers/parameter-group.ts';
import type { RandomBytes } from './random/random-bytes.ts';
import type { Weights } from './run/average.ts';
import type { Files, RunFolder } from './run/run-folder.ts';
import type { LogEntry, TrainerState } from './run/trainer-state.ts';
import type { BatchSource } from './update/micro-batch.ts';
import type { LossTrace } from './update/train-graph.ts';
import type { UpdateResult } from './update/updater.ts';

/** What a task provides to the trainer. */
export interface TrainingTask {
  readonly loss: LossTrace;
  /** Identifies the training data: a run is not resumed with other data. */
  readonly dataDigest?: string;
  /** The training data from a position on. */
  source(position: DataPosition): BatchSource;
  /** Scores on the validation set, `eval_loss` first; absent without a validation set. */
  readonly evaluate?: ((weights: Weights) => Promise<Record<string, number | string>>) | undefined;
  /** Scores besides the loss, without `eval_`, for which lower is better: `wer`, `perplexity`. */
  readonly lowerIsBetter?: readonly string[];
  /** The files of a model folder with these weights. */
  files(weights: Weights): Files;
  /** How the names of the weights in such a folder map to the parameters. */
  readonly checkpoint: MatchOptions;
  /** Every parameter of the model, also those that the loss does not read: they are held and saved as they are. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Weights that a new run starts from; parameters that are new, or all when absent, are drawn from the seed. */
  readonly start?: WeightStore | undefined;
  /** How the optimizer treats a trained parameter; `trainerGroup` does as Transformers' Trainer. */
  readonly group: Grouping;
  /** Parameters that are not trained. */
  readonly frozen?: ReadonlySet<string> | undefined;
}

/** Receives the events of a training, to display them. */
export interface TrainListener {
  /**
   * Before the first update; `global_step` is not 0 when a run is resumed. With a plugin, `assignment` is which nodes of
   * the gradients it runs.
   */
  started?(state: TrainerState, assignment?: NodeAssignment): void;
  updated?(step: number, result: UpdateResult, learningRate: number): void;
  logged?(entry: LogEntry): void;
  /** After a stop by `signal`: `global_step` is that of the checkpoint to resume from, 0 if there is none. */
  stopped?(state: TrainerState): void;
  /** After the last update, when the model has been written. */
  finished?(state: TrainerState): void;
}

/** Everything that a training needs. */
export interface Training {
  readonly task: TrainingTask;
  readonly arguments: TrainArguments;
  readonly folder: RunFolder;
  /** Files that every model folder has besides the task's own. */
  readonly files?: Files | undefined;
  readonly backend: Backend;
  readonly randomBytes: RandomBytes;
  readonly listener?: TrainListener | undefined;
  /** Prepares the folder; called after all checks that come before the first update. */
  open?(): Promise<void>;
  /** Resume from the newest checkpoint; without a checkpoint, training starts at 0. */
  readonly resume?: boolean | undefined;
  /** Stops the training after the current update, with a checkpoint; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}
