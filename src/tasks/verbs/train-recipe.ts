import type { Backend } from '../../runtime/backend.ts';
import { withThreads } from '../../runtime/with-threads.ts';
import { completeArguments } from '../../train/complete-arguments.ts';
import { nodeRandomBytes } from '../../train/random/random-bytes-node.ts';
import { type OpenOptions, RunFolder } from '../../train/run/run-folder.ts';
import type { TrainerState } from '../../train/run/trainer-state.ts';
import { train as runTraining } from '../../train/trainer.ts';
import type { TrainListener } from '../../train/training.ts';
import { heddleFile, heddleText, resultsFile } from '../folder/heddle-file.ts';
import { cardFile, modelCard } from '../folder/model-card.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { TaskRun } from '../task.ts';
import { taskRow } from '../task-list.ts';
import { type FinishedRun, newestCheckpoint, resumedRun, withLengthOfRun } from './run-resume.ts';
import { finalScores } from './task-score.ts';

/** Where and how a recipe is trained. */
export interface TrainRecipeOptions extends OpenOptions {
  readonly out: string;
  readonly backend: Backend;
  readonly listener?: TrainListener | undefined;
  /**
   * Stops the training after the update that is being made, with a checkpoint to resume from; before the first update and
   * between the final scores it ends at once. The promise rejects with its reason.
   */
  readonly signal?: AbortSignal | undefined;
  /** Receives what a person wants to know: sizes, padding, where things are. */
  say?(message: string): void;
}

/** What a finished training gives. */
export interface TrainResult {
  readonly out: string;
  readonly state: TrainerState;
  /** `eval_results.json`. */
  readonly metrics: Readonly<FinishedRun['metrics']>;
}

/**
 * Trains what a recipe says and leaves a model folder, scored on the validation set and the test set.
 *
 * Nothing is written before the folder, the data and the model are known to be good.
 * @throws {InputError} for wrong data, a wrong model, a folder that holds another run or in which another process works, a
 *   resume with other values.
 * @throws the reason of `signal` when that is aborted.
 */
export async function trainRecipe(recipe: Recipe, options: TrainRecipeOptions): Promise<TrainResult> {
  const folder = new RunFolder(options.out);
  try {
    return await trainIn(folder, recipe, options);
  } finally {
    await folder.close();
  }
}

/** As {@link trainRecipe}, in a folder that stays locked. */
export async function trainIn(
  folder: RunFolder,
  given: Recipe,
  options: Omit<TrainRecipeOptions, 'out'>,
): Promise<TrainResult> {
  const { resume, overwrite, beside, backend, listener, signal, say = () => undefined } = options;
  const out = folder.path;
  await folder.check({ resume, overwrite, beside });
  const recipe = resume ? await withLengthOfRun(folder, given) : given;
  const finished = resume ? await resumedRun(folder, recipe, say) : undefined;
  if (finished) {
    say(`${out}: this run is finished (${finished.state.global_step} updates)`);
    return { out, ...finished };
  }
  const checkpoint = resume ? await newestCheckpoint(folder) : undefined;
  // Scores depend on threads in their last bits, and decide which checkpoint is the best: they take as many as an update.
  let threadsOfScores: number | undefined;
  const started = (state: TrainerState): void => {
    const { shards = 1, threads = 1 } = state;
    threadsOfScores = shards * threads;
    listener?.started?.(state);
  };
  const task = await taskRow(recipe.task).prepare(
    recipe,
    withThreads(backend, () => threadsOfScores),
    checkpoint,
  );
  for (const line of task.notes) say(line);
  const train = completeArguments(recipe.train, task.source({ epoch: 0, batch: 0 }).batchesInEpoch);
  // Without an evaluation the interval of evaluations has no effect, and a recipe that gives one is refused.
  const kept = task.evaluate ? train : { ...train, eval_steps: recipe.train.eval_steps };
  const about = { task: recipe.task, recipe: { ...recipe, train: kept }, data: dataSizes(task) };
  try {
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
      [cardFile]: modelCard(made),
      [heddleFile]: heddleText(made),
    });
    return { out, state, metrics };
  } finally {
    await task.dispose();
  }
}

const setNames = { eval: 'validation', test: 'test' } as const;

/** Samples of every set. */
function dataSizes({ samples, scored }: TaskRun): Record<string, number> {
  return {
    train: samples,
    ...Object.fromEntries(scored.map(({ prefix, samples: count }) => [setNames[prefix], count])),
  };
}
