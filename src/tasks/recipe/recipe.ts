import { check, violationError } from '../../io/check.ts';
import { idleFields } from './dependent-field.ts';
import { type Recipe, recipeSchema, taskOfRecipe } from './schema.ts';
import { checkWithSettings, parseSetting, settingOrigin, withSettings } from './setting.ts';
import { parseStructuredText } from './text.ts';

/**
 * A recipe from its text, with `--set`'s values in it, checked, its defaults filled in.
 *
 * @param text YAML or, where `file` ends in `.json`, JSON.
 * @param settings `PATH=VALUE` each, applied in order; VALUE is YAML, null removes. What they remove may be absent,
 *   but must be a field that recipes have.
 * @throws {InputError} that lists everything wrong at once, each with file and line, or the setting at fault.
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
