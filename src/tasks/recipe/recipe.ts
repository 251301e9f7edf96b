import { check, violationError } from '../../io/check.ts';
import { idleFields } from './dependent-field.ts';
import { type Recipe, recipeSchema, taskOfRecipe } from './schema.ts';
import { checkWithSettings, parseSetting, settingOrigin, withSettings } from './setting.ts';
import { parseStructuredText } from './text.ts';

/**
 * Parses a recipe, applies the values of `--set`, checks it and fills in its defaults.
 *
 * @param text YAML or, where `file` ends in `.json`, JSON.
 * @param settings `PATH=VALUE` each, applied in order; VALUE is YAML, null removes a field. A removed field may be
 *   absent, but must exist in recipes.
 * @throws {InputError} that lists all violations at once, each with file and line, or with its setting.
 */
export function parseRecipe(text: string, file: string, settings: readonly string[] = []): Recipe {
  const parsed = settings.map(parseSetting);
  const source = parseStructuredText(text, file);
  const elsewhere = (path: readonly PropertyKey[]) => `${file}:${source.lineOf(path)}`;
  const where = settingOrigin(source.value, parsed, elsewhere);
  const given = withSettings(source.value, parsed);
  const schema = recipeSchema(check(taskOfRecipe, given, where).task);
  const recipe = checkWithSettings(schema, source.value, parsed, elsewhere);
  const idle = idleFields(schema, given, recipe);
  if (idle.length > 0) throw violationError(idle, where);
  return recipe;
}
