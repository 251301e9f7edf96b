import type * as z from 'zod';
import { check } from '../../io/check.ts';
import { type Folder, fileIn } from '../../io/folder.ts';
import { heddleFile, readHeddleFile } from './heddle-file.ts';

/**
 * The fields of `schema` from a model folder's recipe; undefined for a folder without a recipe.
 *
 * @throws {InputError} when the recipe has them in another form: a guess could read the data differently.
 */
export async function recordedRecipe<S extends z.ZodType>(folder: Folder, schema: S): Promise<z.output<S> | undefined> {
  const recipe = (await readHeddleFile(folder))?.recipe;
  return recipe && check(schema, recipe, `${fileIn(folder, heddleFile)} recipe`);
}
