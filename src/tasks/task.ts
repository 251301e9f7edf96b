import type * as z from 'zod';
import type { WrittenSample } from '../inspect/page/sample-page.ts';
import type { Folder } from '../io/folder.ts';
import type { Role } from '../models/role.ts';
import type { Backend } from '../runtime/backend.ts';
import type { OpenTrainArguments } from '../train/complete-arguments.ts';
import type { Weights } from '../train/run/average.ts';
import type { TrainingTask } from '../train/training.ts';
import type { CardModel } from './folder/model-card.ts';
import type { ModelDtype } from './model/model-dtype.ts';
import type { ModelSource } from './platform/platform.ts';

/** The fields that recipes of every task have. */
export interface BaseRecipe {
  readonly task: string;
  readonly data: { readonly root: string };
  readonly model: {
    /** The family of a new model. */
    readonly model_type?: string | undefined;
    /** A folder to start from. */
    readonly model_name_or_path?: string | undefined;
  };
  readonly train: OpenTrainArguments & { readonly pad_to_multiple_of?: number | undefined };
}

/** Scores by name. */
export type Scores = Readonly<Record<string, number | string>>;

/** Data on which the final weights are scored. */
export interface ScoredSet {
  /** The prefix of its scores: `eval` for the validation set, `test` for the test set. */
  readonly prefix: 'eval' | 'test';
  readonly samples: number;
  /** Scores without prefix: `loss`, `accuracy`. */
  score(weights: Weights, signal?: AbortSignal): Promise<Scores>;
}

/** A recipe with its data and model loaded: what the trainer runs, and how its result is scored. */
export interface TaskRun extends TrainingTask {
  /** Information about the data for the user, one line each. */
  readonly notes: readonly string[];
  /** The class of the model. */
  readonly model: CardModel;
  /** Number of training samples. */
  readonly samples: number;
  /** The validation set and the test set, if they exist. */
  readonly scored: readonly ScoredSet[];
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/** A part of a recipe that may change on a resume, because no earlier update would have been different. */
export interface FreePart<R extends BaseRecipe = BaseRecipe> {
  readonly path: string;
  mayChange(recipe: R): boolean;
}

/** The options of `heddle evaluate`. */
export interface EvaluateCall {
  /** The files, in the task's order. */
  readonly data: readonly [string, ...string[]];
  /** `PATH=VALUE` each. */
  readonly settings: readonly string[];
  /** How BLEU tokenizes: for tasks that write texts. */
  readonly tokenize?: string | undefined;
  /** Ignores case: for tasks that write texts. */
  readonly lowercase?: boolean | undefined;
  /** HTML file for a page of samples: for tasks that write texts. */
  readonly page?: string | undefined;
  /** The engine by its name; default: the usual one. */
  readonly engine?: string | undefined;
  /** How the model computes; default: in the type of the folder's weights. */
  readonly dtype?: ModelDtype | undefined;
  /** Allows regular expressions in `tokenizer.json` that may not run in linear time. Default false. */
  readonly allow_unsafe_patterns?: boolean | undefined;
  /** Keeps only one copy of the weights in memory: slower for few rows. Default false. */
  readonly low_memory?: boolean | undefined;
}

/** The result of `heddle evaluate`. */
export interface Evaluation {
  /** `eval_loss` first. */
  readonly metrics: Scores;
  /** Reasons to doubt the numbers, one line each. */
  readonly notes: readonly string[];
  /** The outputs of a model that writes texts, in the order of the data. */
  readonly samples?: readonly WrittenSample[];
}

/** A model's result for a line. */
export interface Prediction {
  /** A line of plain text. */
  readonly text: string;
  /** The pipeline's own result, for `--json`: an object, or a list. */
  readonly json: object;
  /** Notes about the line. */
  readonly note?: string;
}

/** A loaded model that processes lines. */
export interface LinePredictor {
  /** A result for every line, in order. `placeOf` names a line in errors, by its index. */
  predict(lines: readonly string[], placeOf?: (line: number) => string): Promise<readonly Prediction[]>;
  /**
   * Writes the result of a line piece by piece as it is generated, and returns notes about the line; absent if results
   * come whole.
   */
  stream?(line: string, write: (text: string) => void): Promise<string | undefined>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/**
 * One row of the table of tasks: everything that is specific to a task. Nothing else in this room or on the command
 * line names a task.
 */
export interface TaskRow<R extends BaseRecipe = BaseRecipe> {
  /** The schema of its recipes. */
  readonly recipe: z.ZodType<R>;
  /** Defaults of `train` when a model starts from a folder, besides those of every task. */
  readonly startDefaults?: Readonly<Record<string, unknown>>;
  /** What its models are. A folder without `heddle.json` is for the first task with its model's role. */
  readonly role: Role;
  /** What may change on a resume, in addition to the parts that every recipe has. */
  readonly freeParts: readonly FreePart<R>[];
  /**
   * Reads a recipe's data and builds its model; writes nothing.
   *
   * @param checkpoint the newest one of a resumed run; its tokenizers are used again.
   * @throws {InputError} for invalid data or an invalid model.
   */
  prepare(recipe: R, backend: Backend, checkpoint?: Folder): Promise<TaskRun>;
  /** Scores a finished model on files. @throws {InputError} when the model, a setting or a file cannot be used. */
  evaluate(source: ModelSource, call: EvaluateCall): Promise<Evaluation>;
  /**
   * Checks settings, `PATH=VALUE` each, and returns a function that opens a model with them.
   *
   * @throws {InputError} for an invalid setting, or one whose results do not fit into plain text.
   */
  predictor(
    settings: readonly string[],
    form: { readonly json: boolean },
  ): (source: ModelSource) => Promise<LinePredictor>;
  /** The inputs of a file as lines, if `heddle predict` reads other files than texts. @throws {InputError} */
  fileLines?(file: string): Promise<readonly string[]>;
}

/** A task without recipes: models that were trained for another task are used for it. */
export interface UntrainedTask {
  /** What its models are. */
  readonly role: Role;
  /**
   * Checks labels and settings, `PATH=VALUE` each, and returns a function that opens a model with them.
   *
   * @param labels the candidate labels of every line.
   * @throws {InputError} for invalid labels or an invalid setting.
   */
  labelPredictor(
    labels: readonly string[],
    settings: readonly string[],
  ): (source: ModelSource) => Promise<LinePredictor>;
}
