import { readLines } from '../../io/text-file.ts';
import { parseRecipe } from './recipe.ts';
import type { Recipe } from './schema.ts';

/**
 * Reads a recipe file; see {@link parseRecipe}.
 *
 * @throws {InputError} when the file is missing, empty or not UTF-8, or the recipe is wrong.
 */
export async function loadRecipe(path: string, settings: readonly string[] = []): Promise<Recipe> {
  return parseRecipe((await readLines(path)).join('\n'), path, settings);
}
