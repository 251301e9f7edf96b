import { check, inspectValue, valueAt, violationError } from '../../io/check.ts';
import { type Recipe, recipeSchema, taskOfRecipe } from './schema.ts';
import { parseSetting, type Setting, without, withSetting } from './setting.ts';
import { parseStructuredText } from './text.ts';

function startsWith(path: readonly PropertyKey[], start: readonly string[]): boolean {
  return start.every((key, i) => String(path[i]) === key);
}

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
  const where = (path: readonly PropertyKey[]): string => {
    const isMadeBySetting = valueAt(source.value, path) === undefined;
    const setting = parsed.findLast(
      (one) => startsWith(path, one.path) || (isMadeBySetting && startsWith(one.path, path.map(String))),
    );
    return setting ? '--set' : `${file}:${source.lineOf(path)}`;
  };
  const removes = (setting: Setting) => setting.value === null;
  const full = parsed.reduce(withSetting, source.value);
  const value = parsed.reduce(
    (made, setting) => (removes(setting) ? without(made, setting.path) : withSetting(made, setting)),
    source.value,
  );
  const schema = recipeSchema(check(taskOfRecipe, value, where).task);
  const misnamed = inspectValue(schema, full).violations.filter(
    ({ path, isUnknownField }) =>
      isUnknownField && parsed.some((setting) => removes(setting) && startsWith(setting.path, path.map(String))),
  );
  const result = inspectValue(schema, value);
  if (result.value && misnamed.length === 0) return result.value;
  throw violationError([...misnamed, ...result.violations], where);
}
