import type * as z from 'zod';
import { InputError } from '../../io/error.ts';
import { type Folder, fileIn } from '../../io/folder.ts';
import { heddleFile } from '../folder/heddle-file.ts';
import { recordedRecipe } from '../folder/recorded-recipe.ts';
import { checkWithSettings, type Setting } from '../recipe/setting.ts';
import type { EvaluateCall } from '../task.ts';

/** The options of an evaluation, and those that follow from the model's recipe. */
export interface EvaluationForm<R extends z.ZodType, S extends z.ZodType> {
  /** The part of a recipe that is read. */
  readonly recorded: R;
  /** The options that a recipe implies. */
  usual(recipe: z.output<R>): z.input<S>;
  readonly options: S;
}

/**
 * The options of an evaluation: from `--set`, else from the model's recipe, else the defaults.
 *
 * @throws {InputError} for a recorded recipe or a setting that cannot be read.
 */
export async function evaluationOptions<R extends z.ZodType, S extends z.ZodType>(
  folder: Folder,
  settings: readonly Setting[],
  { recorded, usual, options }: EvaluationForm<R, S>,
): Promise<z.output<S>> {
  const recipe = await recordedRecipe(folder, recorded);
  const value = recipe === undefined ? {} : usual(recipe);
  return checkWithSettings(options, value, settings, () => fileIn(folder, heddleFile));
}

/** @throws {InputError} for options about output texts if the model does not write one text per input. */
export function refuseTextOptions(task: string, { tokenize, lowercase, page }: EvaluateCall): void {
  const given = { tokenize, lowercase: lowercase || undefined, page };
  const [option] = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (!option) return;
  throw new InputError(`evaluate --${option}: expected a model that writes a text for each input, got one for ${task}`);
}
