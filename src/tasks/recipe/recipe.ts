import { check } from '../../io/check.ts';
import { type Recipe, recipeSchema, taskOfRecipe } from './schema.ts';
import { checkWithSettings, parseSetting, settingOrigin, withSettings } from './setting.ts';
import { parseStructuredText } from './text.ts';

/**
 * A recipe from its text, with `--set`'s values in it, checked, its defaults filled in.
 *
 * @param text YAML or, where `file` ends in `.json`, JSON.
 * @param settings `PATH=VALUE` each, applied in order; VALUE is YAML, null removes. What they remove may be absent,
 *   but must be a field that recipes have.
 * @throws {InputError} that tells everything wrong at once, each with file and line, or the setting at fault.
 */
export function parseRecipe(text: string, file: string, settings: readonly string[] = []): Recipe {
  const parsed = settings.map(parseSetting);
  const source = parseStructuredText(text, file);
  const elsewhere = (path: readonly PropertyKey[]) => `${file}:${source.lineOf(path)}`;
  const where = settingOrigin(source.value, parsed, elsewhere);
  const { task } = check(taskOfRecipe, withSettings(source.value, parsed), where);
  return checkWithSettings(recipeSchema(task), source.value, parsed, elsewhere);
}
