import type * as z from 'zod';
import type { WrittenSample } from '../inspect/sample-page.ts';
import type { Folder } from '../io/folder.ts';
import type { Backend } from '../runtime/backend.ts';
import type { OpenTrainArguments } from '../train/complete-arguments.ts';
import type { Weights } from '../train/run/average.ts';
import type { TrainingTask } from '../train/training.ts';
import type { ModelSource } from './platform/platform.ts';

/** What recipes of every task have. */
export interface BaseRecipe {
  readonly task: string;
  readonly data: { readonly root: string };
  readonly model: { readonly model_type: string };
  readonly train: OpenTrainArguments;
}

/** Scores by their names. */
export type Scores = Readonly<Record<string, number | string>>;

/** Data that finished weights are scored on. */
export interface ScoredSet {
  /** What the names of its scores begin with: `eval` for the validation set, `test` for the test set. */
  readonly prefix: 'eval' | 'test';
  readonly samples: number;
  /** Scores without their prefix: `loss`, `accuracy`. `signal` ends the scoring, which then rejects with its reason. */
  score(weights: Weights, signal?: AbortSignal): Promise<Scores>;
}

/** A recipe whose data are read and whose model is known: what the trainer runs, and what is asked of its result. */
export interface TaskRun extends TrainingTask {
  /** What a person wants to know of the data, a line each. */
  readonly notes: readonly string[];
  /** Samples to train on. */
  readonly samples: number;
  /** The validation set and the test set, as far as there are any. */
  readonly scored: readonly ScoredSet[];
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/** A part of a recipe that may change when a run is resumed, since no step that was made would have been another. */
export interface FreePart<R extends BaseRecipe = BaseRecipe> {
  readonly path: string;
  mayChange(recipe: R): boolean;
}

/** What `heddle evaluate` is asked. */
export interface EvaluateCall {
  /** The files, in the order in which the task names them. */
  readonly data: readonly [string, ...string[]];
  /** `PATH=VALUE` each. */
  readonly settings: readonly string[];
  /** How BLEU cuts words: for tasks that write texts. */
  readonly tokenize?: string | undefined;
  /** Ignores case: for tasks that write texts. */
  readonly lowercase?: boolean | undefined;
  /** HTML file for a page of samples: for tasks that write texts. */
  readonly page?: string | undefined;
  /** Takes regular expressions of `tokenizer.json` that may not run in linear time. Default false. */
  readonly allow_unsafe_patterns?: boolean | undefined;
  /** Keeps the weights in memory once: slower at few rows. Default false. */
  readonly low_memory?: boolean | undefined;
}

/** What `heddle evaluate` gives. */
export interface Evaluation {
  /** `eval_loss` first. */
  readonly metrics: Scores;
  /** What makes the numbers doubtful, a line each. */
  readonly notes: readonly string[];
  /** What a model that writes texts made of each, in the data's order. */
  readonly samples?: readonly WrittenSample[];
}

/** What a model makes of a line. */
export interface Prediction {
  /** A line of plain text. */
  readonly text: string;
  /** The pipeline's own result, for `--json`: an object, or a list. */
  readonly json: object;
  /** What is worth saying of the line. */
  readonly note?: string;
}

/** A model at work on lines. */
export interface LinePredictor {
  /** A result for every line, in order. */
  predict(lines: readonly string[]): Promise<readonly Prediction[]>;
  /**
   * Writes the result of a line piece by piece, while it comes about, and gives what is worth saying of the line; absent
   * where results come whole.
   */
  stream?(line: string, write: (text: string) => void): Promise<string | undefined>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/**
 * One row of the table of tasks: everything that is particular to a task. Nothing else in this room or on the command
 * line names a task.
 */
export interface TaskRow<R extends BaseRecipe = BaseRecipe> {
  /** The form of its recipes. */
  readonly recipe: z.ZodType<R>;
  /** The Python classes whose checkpoints are for it, where a folder has no `heddle.json`. */
  readonly architectures: RegExp;
  /** What may change on a resume, besides the parts that every recipe has. */
  readonly freeParts: readonly FreePart<R>[];
  /**
   * Reads a recipe's data and makes its model; writes nothing.
   *
   * @param checkpoint the newest of the run that is resumed: what texts are read by is taken from it.
   * @throws {InputError} for wrong data or a wrong model.
   */
  prepare(recipe: R, backend: Backend, checkpoint?: Folder): Promise<TaskRun>;
  /** Scores a finished model on files. @throws {InputError} when the model, a setting or a file cannot be used. */
  evaluate(source: ModelSource, call: EvaluateCall): Promise<Evaluation>;
  /**
   * Checks settings, `PATH=VALUE` each, and gives what opens a model with them.
   *
   * @throws {InputError} for a wrong one, or one that plain text has no room for.
   */
  predictor(
    settings: readonly string[],
    form: { readonly json: boolean },
  ): (source: ModelSource) => Promise<LinePredictor>;
  /** A page that shows what a model looks at in texts; absent where nothing is shown. */
  attentionPage?(source: ModelSource, texts: readonly string[]): Promise<string>;
}
