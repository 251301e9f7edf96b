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

/** The first of some settings that a later one would silently replace; undefined if there is none. */
export function overriddenBy(later: string, texts: readonly string[]): string | undefined {
  const after = parseSetting(later);
  return texts.find((text) => overrides(after, parseSetting(text)));
}

/**
 * Refuses settings of which a later one would silently replace an earlier one: `a.b=1` and `a.b=2`, `a.b=1` and
 * `a={ c: 2 }`, `a={ b: 1 }` and `a.b=2`. `a={ b: 1 }` and `a.c=2` go together.
 *
 * @throws {InputError} with both, or for a setting that cannot be parsed.
 */
export function refuseOverriddenSettings(texts: readonly string[]): void {
  texts.forEach((after, i) => {
    const before = overriddenBy(after, texts.slice(0, i));
    if (before === undefined) return;
    throw new InputError(
      `--set: expected each field once, got ${before} and ${after}; leave one out, because neither replaces the other`,
    );
  });
}
