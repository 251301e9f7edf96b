import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { diskFolder } from '../../io/disk-folder.ts';
import { InputError, reportAll } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import type { Backend } from '../../runtime/backend.ts';
import { lengthFields } from '../../train/complete-arguments.ts';
import { stateFile } from '../../train/run/checkpoint.ts';
import { checkpointName, type RunFolder } from '../../train/run/run-folder.ts';
import { readTrainerState, type TrainerState } from '../../train/run/trainer-state.ts';
import { weightsFile } from '../../weights/checkpoint.ts';
import { type HeddleFile, heddleFile, readHeddleFile } from '../folder/heddle-file.ts';
import { changedTrainingValues, completedRecipe, newEndNote } from '../recipe/change.ts';
import type { Recipe } from '../recipe/schema.ts';
import type { BaseRecipe } from '../task.ts';
import { recordedForm } from './base-model.ts';

/** The results of a finished run. */
export interface FinishedRun {
  readonly state: TrainerState;
  readonly metrics: NonNullable<HeddleFile['metrics']>;
}

/**
 * Checks that a run can be resumed with a recipe; returns its results if it is finished and the recipe has not changed.
 *
 * `heddle.json` contains the scores once a run is finished: they are the last thing it writes. `say` receives what a
 * resumed run does differently from a run with this recipe from the start.
 * @throws {InputError} when the folder has no recipe, or the recipe would have made other updates; the message names
 *   each value.
 */
export async function resumedRun(
  folder: RunFolder,
  recipe: Recipe,
  say: (message: string) => void,
): Promise<FinishedRun | undefined> {
  const file = await readHeddleFile(diskFolder(folder.path));
  if (!file) return undefined;
  const { recipe: kept, metrics } = file;
  const was = kept && completedRecipe(kept);
  if (!was) {
    throw new InputError(
      `${folder.path}/${heddleFile}: expected the recipe of a run, got ${kept ? 'part of one' : 'none'}`,
    );
  }
  const changes = changedTrainingValues(was, recipe).map(
    ({ path, was: before, is }) => `${path} was ${shown(before)}, got ${shown(is)}`,
  );
  if (changes.length) throw reportAll(`${folder.path}: a resumed training needs the values it began with`, changes);
  const note = newEndNote(was, recipe);
  if (note) say(`${folder.path}: ${note}`);
  const isSame = isDeepStrictEqual(recorded(was), recorded(recipe));
  const isWhole = (await folder.has(stateFile)) && (await folder.has(weightsFile));
  if (!metrics || !isSame || !isWhole) return undefined;
  return { state: readTrainerState(await folder.readJson(stateFile), `${folder.path}/${stateFile}`), metrics };
}

/** The folder from which a run is resumed; undefined if there is no checkpoint yet. */
export async function newestCheckpoint(folder: RunFolder): Promise<Folder | undefined> {
  const step = (await folder.checkpoints()).at(-1);
  return step === undefined ? undefined : diskFolder(join(folder.path, checkpointName(step)));
}

/** A note for a run that continues on another engine than that of its newest checkpoint; undefined if it is the same. */
export async function newEngineNote(folder: RunFolder, { name }: Backend): Promise<string | undefined> {
  const step = (await folder.checkpoints()).at(-1);
  if (step === undefined) return undefined;
  const place = checkpointName(step);
  const json = await folder.readJson(place, stateFile);
  const { engine } = readTrainerState(json, `${folder.path}/${place}/${stateFile}`);
  if (engine === undefined || engine === name) return undefined;
  return `the last update ran on ${engine}, the next runs on ${name}, so the last digits differ from those of a run on one engine`;
}

/** The recipe as a file stores it. */
const recorded = (recipe: Recipe): unknown => JSON.parse(JSON.stringify(recordedForm(recipe)));

/** Fields of `train` that a run fills in if its recipe leaves them out. */
const filledFields = [...lengthFields, 'pad_to_multiple_of'] as const;

/**
 * The recipe of a run that began before: fields that follow from the length of the training or from the engine, if the
 * recipe leaves them out, keep the values that the run began with. Undefined if there is no such run.
 */
export async function withValuesOfRun(folder: RunFolder, recipe: Recipe): Promise<Recipe | undefined> {
  const was = (await readHeddleFile(diskFolder(folder.path)))?.recipe as BaseRecipe | undefined;
  if (!was) return undefined;
  const begun = Object.fromEntries(filledFields.map((field) => [field, was.train?.[field]]));
  const chosen = Object.entries(recipe.train).filter(([, value]) => value !== undefined);
  return { ...recipe, train: { ...begun, ...Object.fromEntries(chosen) } } as Recipe;
}

const shown = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));
