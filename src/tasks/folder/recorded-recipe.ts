import type * as z from 'zod';
import { check } from '../../io/check.ts';
import { type Folder, fileIn } from '../../io/folder.ts';
import { heddleFile, readHeddleFile } from './heddle-file.ts';

/**
 * What `schema` names of the recipe that a model folder records; undefined for a folder without one.
 *
 * @throws {InputError} when the recipe has it in another form: a guess would be another reading of the data.
 */
export async function recordedRecipe<S extends z.ZodType>(folder: Folder, schema: S): Promise<z.output<S> | undefined> {
  const recipe = (await readHeddleFile(folder))?.recipe;
  return recipe && check(schema, recipe, `${fileIn(folder, heddleFile)} recipe`);
}
