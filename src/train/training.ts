import type { DataPosition } from '../data/batch/index-stream.ts';
import type { Backend } from '../runtime/backend.ts';
import type { MatchOptions } from '../weights/parameter-match.ts';
import type { TrainArguments } from './arguments.ts';
import type { RandomBytes } from './random/random-bytes.ts';
import type { Weights } from './run/average.ts';
import type { Files, RunFolder } from './run/run-folder.ts';
import type { LogEntry, TrainerState } from './run/trainer-state.ts';
import type { BatchSource } from './update/micro-batch.ts';
import type { LossTrace } from './update/train-graph.ts';
import type { UpdateResult } from './update/updater.ts';

/** What a task brings to the trainer. */
export interface TrainingTask {
  readonly loss: LossTrace;
  /** Names the training data: a run is not resumed with other data. */
  readonly dataDigest?: string;
  /** Training data from a position on. */
  source(position: DataPosition): BatchSource;
  /** Scores on the validation set, `eval_loss` first; absent without one. */
  readonly evaluate?: ((weights: Weights) => Promise<Record<string, number | string>>) | undefined;
  /** Its scores that are better when lower, without `eval_`, besides the loss: `wer`, `perplexity`. */
  readonly lowerIsBetter?: readonly string[];
  /** The files of a model folder with these weights. */
  files(weights: Weights): Files;
  /** How the names in such a folder's weights lead to the parameters. */
  readonly checkpoint: MatchOptions;
  /** Whether weight decay applies to a parameter. */
  hasDecay(name: string, shape: readonly number[]): boolean;
  /** Parameters that are not trained. */
  readonly frozen?: ReadonlySet<string>;
}

/** Receives what happens, to show it. */
export interface TrainListener {
  /** Before the first update; `global_step` is not 0 when a run is resumed. */
  started?(state: TrainerState): void;
  updated?(step: number, result: UpdateResult, learningRate: number): void;
  logged?(entry: LogEntry): void;
  /** After a stop that `signal` asked for: `global_step` is that of the checkpoint to resume from, 0 when there is none. */
  stopped?(state: TrainerState): void;
  /** After the last update, when the model is written. */
  finished?(state: TrainerState): void;
}

/** All that a training needs. */
export interface Training {
  readonly task: TrainingTask;
  readonly arguments: TrainArguments;
  readonly folder: RunFolder;
  /** What stands beside the task's own files in every model folder. */
  readonly files?: Files | undefined;
  readonly backend: Backend;
  readonly randomBytes: RandomBytes;
  readonly listener?: TrainListener | undefined;
  /** Makes the folder ready; called when all that can be refused before the first update has been. */
  open?(): Promise<void>;
  /** Resumes from the newest checkpoint; without one it starts at 0. */
  readonly resume?: boolean | undefined;
  /** Stops the training after the update that is being made, with a checkpoint of it; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}
