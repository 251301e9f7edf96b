import { valueAt } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { parseSetting, type Setting } from './setting.ts';

const startsWith = (path: readonly string[], start: readonly string[]): boolean =>
  start.every((key, i) => path[i] === key);

/** Whether `after` replaces what `before` set: the same field, one around it, or one within its value. */
function overrides(after: Setting, before: Setting): boolean {
  if (startsWith(before.path, after.path)) return true;
  return (
    startsWith(after.path, before.path) && valueAt(before.value, after.path.slice(before.path.length)) !== undefined
  );
}

/**
 * Refuses settings of which a later one would silently replace an earlier one: `a.b=1` and `a.b=2`, `a.b=1` and
 * `a={ c: 2 }`, `a={ b: 1 }` and `a.b=2`. `a={ b: 1 }` and `a.c=2` go together.
 *
 * @throws {InputError} with both, or for a setting that cannot be parsed.
 */
export function refuseOverriddenSettings(texts: readonly string[]): void {
  const settings = texts.map(parseSetting);
  settings.forEach((after, i) => {
    const at = settings.slice(0, i).findIndex((before) => overrides(after, before));
    if (at < 0) return;
    throw new InputError(`--set: expected each field once, got ${texts[at]} and ${texts[i]}`);
  });
}
