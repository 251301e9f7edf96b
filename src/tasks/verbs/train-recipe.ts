import { diskFolder } from '../../io/disk-folder.ts';
import { InputError } from '../../io/error.ts';
import { isWithin } from '../../io/kept-apart.ts';
import { assignmentText } from '../../runtime/assignment-text.ts';
import type { Backend } from '../../runtime/backend.ts';
import { checkBf16 } from '../../runtime/with-bf16.ts';
import { withThreads } from '../../runtime/with-threads.ts';
import { completeArguments } from '../../train/complete-arguments.ts';
import { nodeRandomBytes } from '../../train/random/random-bytes-node.ts';
import { type OpenOptions, RunFolder } from '../../train/run/run-folder.ts';
import type { TrainerState } from '../../train/run/trainer-state.ts';
import { train as runTraining } from '../../train/trainer.ts';
import type { TrainListener } from '../../train/training.ts';
import { heddleFile, heddleText, readHeddleFile, resultsFile } from '../folder/heddle-file.ts';
import { cardFile, modelCard } from '../folder/model-card.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { usualMultiple } from '../model/engine-padding.ts';
import { nodePlatform } from '../platform/node.ts';
import { padsTexts, type Recipe } from '../recipe/schema.ts';
import type { BaseRecipe, TaskRun } from '../task.ts';
import { taskRow } from '../task-list.ts';
import { baseModel, recordedForm } from './base-model.ts';
import { type FinishedRun, newEngineNote, newestCheckpoint, resumedRun, withValuesOfRun } from './run-resume.ts';
import { finalScores } from './task-score.ts';

/** Where and how to train a recipe. */
export interface TrainRecipeOptions extends OpenOptions {
  readonly out: string;
  /** The engine; default: that of the recipe's `train.engine`, else the usual one. */
  readonly backend?: Backend | undefined;
  readonly listener?: TrainListener | undefined;
  /**
   * Stops the training after the current update, with a checkpoint to resume from; before the first update and between
   * the final scores it stops at once. The promise rejects with its reason.
   */
  readonly signal?: AbortSignal | undefined;
  /** Receives information for the user: sizes, padding, where things are. */
  say?(message: string): void;
}

const trainOptions: CallOptions = {
  own: {
    out: 'other',
    backend: 'other',
    listener: 'other',
    signal: 'signal',
    say: 'other',
    resume: 'flag',
    overwrite: 'flag',
    beside: 'other',
  },
};

/** @throws {InputError} for an unknown option, no folder, or a backend that is not an engine. */
function checkTrainOptions(options: Partial<TrainRecipeOptions> | undefined): void {
  checkCallOptions('train', options, trainOptions);
  const { out, backend } = options ?? {};
  if (typeof out !== 'string' || out === '') throw new InputError(`train: out: expected a folder, got ${out}`);
  if (backend !== undefined && typeof backend?.compile !== 'function') {
    throw new InputError(
      `train: backend: expected an engine, such as nodeBackend() of heddle/runtime/node, got ${backend}`,
    );
  }
}

/** The result of a finished training. */
export interface TrainResult {
  readonly out: string;
  readonly state: TrainerState;
  /** `eval_results.json`. */
  readonly metrics: Readonly<FinishedRun['metrics']>;
}

/**
 * Trains a model as a recipe describes and writes a model folder, scored on the validation set and the test set.
 *
 * Nothing is written before the folder, the data and the model have been checked.
 * @throws {InputError} for an unknown option, invalid data, an invalid model, a folder that holds another run or is in use by another
 *   process, a resume with other values.
 * @throws the reason of `signal` when it is aborted.
 */
export async function trainRecipe(recipe: Recipe, options: TrainRecipeOptions): Promise<TrainResult> {
  checkTrainOptions(options);
  const folder = new RunFolder(options.out);
  try {
    return await trainIn(folder, recipe, options);
  } finally {
    await folder.close();
  }
}

/** @throws {InputError} when the folder that the run starts from would go with the run that is replaced. */
async function keepBase(out: string, { model }: Recipe): Promise<void> {
  const { model_name_or_path: base } = model;
  if (base === undefined || !(await isWithin(base, out))) return;
  throw new InputError(
    `${out}: --overwrite would remove ${base}, from which the run starts (recipe model.model_name_or_path)`,
  );
}

/**
 * The engine of a training.
 *
 * @throws {InputError} when the recipe names one too, when it is unknown or does not load, or has no bfloat16 and the recipe
 *   asks for it.
 */
export function engineOf({ train: { engine, bf16 } }: Recipe, given: Backend | undefined): Backend {
  if (given && engine !== undefined) throw new InputError('train: expected a backend or train.engine, got both');
  const backend = given ?? nodePlatform.backend(engine);
  if (bf16) checkBf16(backend, 'train.bf16');
  return backend;
}

/** A recipe with the values that follow from its engine where it leaves them out. */
export function withValuesOfEngine(recipe: Recipe, backend: Backend): Recipe {
  const { train }: BaseRecipe = recipe;
  const { pad_to_multiple_of = usualMultiple(backend) } = train;
  if (pad_to_multiple_of === 1 || !padsTexts(recipe.task)) return recipe;
  return { ...recipe, train: { ...train, pad_to_multiple_of } } as Recipe;
}

/** As {@link trainRecipe}, in a folder that is already locked. */
export async function trainIn(
  folder: RunFolder,
  given: Recipe,
  options: Omit<TrainRecipeOptions, 'out'>,
): Promise<TrainResult> {
  const { resume, overwrite, beside, listener, signal, say = () => undefined } = options;
  const out = folder.path;
  const backend = engineOf(given, options.backend);
  await folder.check({ resume, overwrite, beside });
  if (overwrite && !resume) await keepBase(out, given);
  const begun = resume ? await withValuesOfRun(folder, given) : undefined;
  const recipe = begun ?? withValuesOfEngine(given, backend);
  const finished = resume ? await resumedRun(folder, recipe, say) : undefined;
  if (finished) {
    say(`${out}: this run is finished (${finished.state.global_step} updates)`);
    return { out, ...finished };
  }
  const checkpoint = resume ? await newestCheckpoint(folder) : undefined;
  const moved = resume ? await newEngineNote(folder, backend) : undefined;
  if (moved) say(`${out}: ${moved}`);
  // The last bits of scores depend on the number of threads and decide which checkpoint is best, so scoring uses as
  // many as an update.
  let threadsOfScores: number | undefined;
  const started: TrainListener['started'] = (state, assignment) => {
    const { shards = 1, threads = 1 } = state;
    threadsOfScores = shards * threads;
    listener?.started?.(state, assignment);
    if (assignment) say(assignmentText(backend.name, assignment));
  };
  const task = await taskRow(recipe.task).prepare(
    recipe,
    withThreads(backend, () => threadsOfScores),
    checkpoint,
  );
  for (const line of task.notes) say(line);
  const train = completeArguments(recipe.train, task.source({ epoch: 0, batch: 0 }).batchesInEpoch);
  // Without an evaluation the interval of evaluations has no effect, and a recipe that sets it is refused.
  const kept = task.evaluate ? train : { ...train, eval_steps: recipe.train.eval_steps };
  try {
    const base_model = await baseModel(recipe, checkpoint && (await readHeddleFile(diskFolder(out)))?.base_model);
    const about = {
      task: recipe.task,
      base_model,
      recipe: recordedForm({ ...recipe, train: kept }),
      data: dataSizes(task),
    };
    const files = { [heddleFile]: heddleText(about) };
    const open = async () => {
      await folder.open({ resume, overwrite, beside });
      await folder.write(files);
    };
    const randomBytes = nodeRandomBytes(recipe.train.seed);
    const run = { task, files, arguments: train, folder, backend, randomBytes, open, resume, signal };
    const { state, weights } = await runTraining({ ...run, listener: { ...listener, started } });
    signal?.throwIfAborted();
    const scored = task.scored.map(({ prefix }) => setNames[prefix]).join(' and ');
    if (scored) say(`scoring the final weights: ${scored}`);
    const metrics = { ...(await finalScores(task, weights, signal)), train_runtime: state.train_runtime };
    const parameters = [...weights.values()].reduce((sum, { length }) => sum + length, 0);
    const made = { ...about, parameters, metrics };
    await folder.write({
      [resultsFile]: `${JSON.stringify(metrics, null, 2)}\n`,
      [cardFile]: modelCard(made, task.model),
      [heddleFile]: heddleText(made),
    });
    return { out, state, metrics };
  } finally {
    await task.dispose();
  }
}

const setNames = { eval: 'validation', test: 'test' } as const;

/** The number of samples in every set. */
function dataSizes({ samples, scored }: TaskRun): Record<string, number> {
  return {
    train: samples,
    ...Object.fromEntries(scored.map(({ prefix, samples: count }) => [setNames[prefix], count])),
  };
}
