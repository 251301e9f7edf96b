import type { z } from 'zod';
import { type Folder, fileIn } from '../../io/folder.ts';
import { heddleFile } from '../folder/heddle-file.ts';
import { recordedRecipe } from '../folder/recorded-recipe.ts';
import { checkWithSettings, type Setting } from '../recipe/setting.ts';

/** The options of an evaluation, and which of them follow from a model's recipe. */
export interface EvaluationForm<R extends z.ZodType, S extends z.ZodType> {
  /** What of a recipe is read. */
  readonly recorded: R;
  /** The options that a recipe means. */
  usual(recipe: z.output<R>): z.input<S>;
  readonly options: S;
}

/**
 * The options of an evaluation: those that the recipe of the model means, those of `--set` over them, defaults for the rest.
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
