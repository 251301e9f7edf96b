import { performance } from 'node:perf_hooks';
import type { Backend } from '../runtime/backend.ts';
import type { Weights } from '../train/average.ts';
import { nodeRandomBytes } from '../train/random-bytes-node.ts';
import { type OpenOptions, RunFolder } from '../train/run-folder.ts';
import { train } from '../train/trainer.ts';
import type { TrainerState } from '../train/trainer-state.ts';
import type { TrainListener } from '../train/training.ts';
import { heddleFile, heddleText, resultsFile } from './heddle-file.ts';
import type { Recipe } from './recipe-schema.ts';
import { type FinishedRun, resumedRun } from './run-resume.ts';
import { TranslationTask } from './translation.ts';
import { checkModelFields, recipeModel } from './translation-config.ts';
import { readTranslationData, type TranslationData } from './translation-data.ts';

export interface TrainRecipeOptions extends OpenOptions {
  readonly out: string;
  readonly backend: Backend;
  readonly listener?: TrainListener;
  /** Hears what a person wants to know: sizes, padding, where things are. */
  say?(message: string): void;
}

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
 * @throws {InputError} for wrong data, a wrong model, a folder that holds another run, a resume with other values.
 */
export async function trainRecipe(recipe: Recipe, options: TrainRecipeOptions): Promise<TrainResult> {
  const { out, resume, overwrite, beside, backend, listener, say = () => undefined } = options;
  const folder = new RunFolder(out);
  await folder.check({ resume, overwrite, beside });
  const finished = resume ? await resumedRun(folder, recipe) : undefined;
  if (finished) {
    say(`${out}: this run is finished (${finished.state.global_step} updates)`);
    return { out, ...finished };
  }
  checkModelFields(recipe);
  const data = await readTranslationData(recipe);
  const task = new TranslationTask(recipe, recipeModel(recipe, data), data, backend);
  describe(recipe, data, say);
  const open = async () => {
    await folder.open({ resume, overwrite, beside });
    await folder.write({ [heddleFile]: heddleText({ task: recipe.task, recipe }) });
  };
  try {
    const randomBytes = nodeRandomBytes(recipe.train.seed);
    const run = { task, arguments: recipe.train, folder, backend, randomBytes, listener, open, resume };
    const { state, weights } = await train(run);
    const scored = [data.validation && 'validation', data.test && 'test'].filter(Boolean).join(' and ');
    if (scored) say(`scoring the final weights: ${scored}`);
    const metrics = await finalScores(recipe, task, data, weights);
    await folder.write({
      [resultsFile]: `${JSON.stringify(metrics, null, 2)}\n`,
      [heddleFile]: heddleText({ task: recipe.task, recipe, metrics }),
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
  if (data.validation) metrics.eval_loss = await task.validationLoss(weights, data.validation.pairs);
  for (const { prefix, text } of parts) {
    if (!text) continue;
    const scores = task.scores(await task.translate(text.source, weights, recipe.generation), text.target);
    for (const [name, value] of Object.entries(scores)) metrics[name.replace(/^eval/, prefix)] = value;
    metrics[`${prefix}_samples`] = text.source.length;
  }
  metrics.eval_runtime = (performance.now() - start) / 1000;
  return metrics;
}

function describe({ train }: Recipe, data: TranslationData, say: (message: string) => void): void {
  const { source, target } = data.trained;
  const vocabulary = source === target ? `${source.vocabSize} shared` : `${source.vocabSize} and ${target.vocabSize}`;
  say(`data: ${data.train.source.length} pairs to train on, vocabulary of ${vocabulary} tokens`);
  if (data.tooLong)
    say(`data: ${data.tooLong} pairs left out, longer than train.max_length = ${train.max_length} tokens`);
  const cut = data.validation && data.validation.pairs.truncated.source + data.validation.pairs.truncated.target;
  if (cut) say(`data: validation texts cut to train.max_length = ${train.max_length} tokens: ${cut}`);
  const unknown = [...new Set([...source.unknownCharacters, ...target.unknownCharacters])];
  if (unknown.length) say(`data: ${unknown.length} rare characters become <unk>: ${unknown.slice(0, 10).join(' ')}`);
}
