import { performance } from 'node:perf_hooks';
import { diskFolder } from '../io/disk-folder.ts';
import { reportAll } from '../io/error.ts';
import type { Backend } from '../runtime/backend.ts';
import type { Weights } from '../train/average.ts';
import { nodeRandomBytes } from '../train/random-bytes-node.ts';
import { RunFolder } from '../train/run-folder.ts';
import { type TrainListener, train } from '../train/trainer.ts';
import { readTrainerState, type TrainerState } from '../train/trainer-state.ts';
import { heddleFile, heddleText, readHeddleFile } from './heddle-file.ts';
import { changedTrainingValues } from './recipe-change.ts';
import type { Recipe } from './recipe-schema.ts';
import { TranslationTask } from './translation.ts';
import { recipeModel } from './translation-config.ts';
import { readTranslationData, type TranslationData } from './translation-data.ts';

export interface TrainRecipeOptions {
  readonly out: string;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  readonly backend: Backend;
  readonly listener?: TrainListener;
  /** Hears what a person wants to know: sizes, padding, where things are. */
  say?(message: string): void;
}

export interface TrainResult {
  readonly out: string;
  readonly state: TrainerState;
  /** `eval_results.json`. */
  readonly metrics: Readonly<Record<string, number | string>>;
}

const resultsFile = 'eval_results.json';

/**
 * Trains what a recipe says and leaves a model folder, scored on the test set, else on the validation set.
 *
 * @throws {InputError} for wrong data, a wrong model, a folder that holds another run, a resume with other values.
 */
export async function trainRecipe(recipe: Recipe, options: TrainRecipeOptions): Promise<TrainResult> {
  const { out, resume, overwrite, backend, listener, say = () => undefined } = options;
  const folder = new RunFolder(out);
  if (resume) await checkSameTraining(folder, recipe);
  const data = await readTranslationData(recipe);
  const setup = recipeModel(recipe, data);
  await folder.open({ resume, overwrite });
  const finished = resume && (await finishedRun(folder, recipe));
  if (finished) {
    say(`${out}: this run is finished (${finished.state.global_step} updates)`);
    return finished;
  }
  describe(recipe, data, say);
  await folder.write({ [heddleFile]: heddleText(recipe) });
  const task = new TranslationTask(recipe, setup, data, backend);
  try {
    const randomBytes = nodeRandomBytes(recipe.train.seed);
    const { state, weights } = await train({
      task,
      arguments: recipe.train,
      folder,
      backend,
      randomBytes,
      listener,
      resume,
    });
    const metrics = await finalScores(recipe, task, data, weights);
    await folder.write({
      [resultsFile]: `${JSON.stringify(metrics, null, 2)}\n`,
      [heddleFile]: heddleText(recipe, metrics),
    });
    return { out, state, metrics };
  } finally {
    await task.dispose();
  }
}

/** Scores of the finished weights: `eval_…` on the validation set, `test_…` on the test set. */
async function finalScores(recipe: Recipe, task: TranslationTask, data: TranslationData, weights: Weights) {
  const start = performance.now();
  const metrics: Record<string, number | string> = {};
  const parts = [
    { prefix: 'eval', text: data.validation?.text },
    { prefix: 'test', text: data.test },
  ];
  if (data.validation) Object.assign(metrics, { eval_loss: (await task.evaluate?.(weights))?.eval_loss });
  for (const { prefix, text } of parts) {
    if (!text) continue;
    const scores = task.scores(await task.translate(text.source, weights, recipe.generation), text.target);
    for (const [name, value] of Object.entries(scores)) metrics[name.replace(/^eval/, prefix)] = value;
    metrics[`${prefix}_samples`] = text.source.length;
  }
  metrics.eval_runtime = (performance.now() - start) / 1000;
  return metrics;
}

async function checkSameTraining(folder: RunFolder, recipe: Recipe): Promise<void> {
  const was = (await readHeddleFile(diskFolder(folder.path)))?.recipe;
  if (!was) return;
  const changes = changedTrainingValues(was as Recipe, recipe).map(
    ({ path, was: before, is }) => `${path} was ${JSON.stringify(before)}, got ${JSON.stringify(is)}`,
  );
  if (changes.length) throw reportAll(`${folder.path}: a resumed training must have the values it began with`, changes);
}

async function finishedRun(folder: RunFolder, recipe: Recipe): Promise<TrainResult | null> {
  if (!(await folder.has('trainer_state.json')) || !(await folder.has(resultsFile))) return null;
  const state = readTrainerState(await folder.readJson('trainer_state.json'), `${folder.path}/trainer_state.json`);
  if (recipe.train.max_steps !== undefined && recipe.train.max_steps > state.max_steps) return null;
  return { out: folder.path, state, metrics: (await folder.readJson(resultsFile)) as TrainResult['metrics'] };
}

function describe({ train }: Recipe, data: TranslationData, say: (message: string) => void): void {
  const { source, target } = data.trained;
  const vocabulary = source === target ? `${source.vocabSize} shared` : `${source.vocabSize} and ${target.vocabSize}`;
  say(`data: ${data.train.source.length} pairs to train on, vocabulary of ${vocabulary} tokens`);
  if (data.tooLong)
    say(`data: ${data.tooLong} pairs left out, longer than train.max_length = ${train.max_length} tokens`);
  const unknown = [...new Set([...source.unknownCharacters, ...target.unknownCharacters])];
  if (unknown.length) say(`data: ${unknown.length} rare characters become <unk>: ${unknown.slice(0, 10).join(' ')}`);
}
