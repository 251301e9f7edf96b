import type * as z from 'zod';
import { inspectValue, valueAt, violationError } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { withPlace } from './misplaced.ts';
import { parseStructuredText } from './text.ts';

/** One `--set PATH=VALUE`. */
export interface Setting {
  readonly path: readonly [string, ...string[]];
  /** VALUE parsed as YAML; null removes the field. */
  readonly value: unknown;
}

/** Characters with a special meaning to YAML at the beginning of a value: comments, anchors, block scalars. */
const indicator = /^[,#&*!|>%@`]/;

/**
 * @throws {InputError} when it is not PATH=VALUE, or VALUE is not valid YAML or has a meaning in YAML that nobody would
 *   intend.
 */
export function parseSetting(text: string): Setting {
  const equals = text.indexOf('=');
  const [first = '', ...deeper] = text.slice(0, Math.max(equals, 0)).split('.');
  const path: Setting['path'] = [first, ...deeper];
  if (path.some((key) => key === '')) {
    throw new InputError(`--set: expected PATH=VALUE such as train.max_steps=100, got ${JSON.stringify(text)}`);
  }
  const [name, written] = [path.join('.'), text.slice(equals + 1)];
  const value = written.trim();
  if (value === '') throw new InputError(`--set ${name}: expected a value, got none; ${name}=null removes a field`);
  if (indicator.test(value)) {
    const quoted = `--set '${name}=${JSON.stringify(value)}'`;
    throw new InputError(`--set ${name}: a text that begins with ${value[0]} must be quoted, as in YAML: ${quoted}`);
  }
  // As written: in a multi-line mapping the indentation of the first line counts.
  return { path, value: parseStructuredText(written, `--set ${name}`).value };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function placed(into: unknown, { path, value }: Setting, depth: number): unknown {
  const key = path[depth];
  if (key === undefined) return value;
  const refuse = (expected: string, got: string): never => {
    const where = path.slice(0, depth).join('.') || 'the recipe';
    throw new InputError(`--set ${path.join('.')}: expected ${where} to be ${expected}, got ${got}`);
  };
  if (Array.isArray(into)) {
    const index = Number(key);
    if (!(index in into)) return refuse(`a list with an item ${key}`, `${into.length} items`);
    return into.with(index, placed(into[index], { path, value }, depth + 1));
  }
  if (into !== undefined && into !== null && !isMapping(into))
    return refuse('a mapping of fields', JSON.stringify(into));
  const fields = into ?? {};
  const within = Object.hasOwn(fields, key) ? fields[key] : undefined;
  return { ...fields, [key]: placed(within, { path, value }, depth + 1) };
}

/** `value` with the setting applied and missing mappings created; null stays, to be checked later. */
export function withSetting(value: unknown, setting: Setting): unknown {
  return placed(value, setting, 0);
}

/** `value` without the field at `path`, if there is one. */
export function without(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return undefined;
  if (Array.isArray(value)) {
    const index = Number(key);
    if (!(index in value)) return value;
    return rest.length === 0 ? value.toSpliced(index, 1) : value.with(index, without(value[index], rest));
  }
  if (!isMapping(value) || !Object.hasOwn(value, key)) return value;
  const { [key]: removed, ...others } = value;
  return rest.length === 0 ? others : { ...value, [key]: without(removed, rest) };
}

type Path = readonly PropertyKey[];

const startsWith = (path: Path, start: Path): boolean => start.every((key, i) => String(path[i]) === String(key));

const removes = ({ value }: Setting): boolean => value === null;

/** `value` with all settings applied in order; fields set to null are removed. */
export const withSettings = (value: unknown, settings: readonly Setting[]): unknown =>
  settings.reduce<unknown>(
    (made, setting) => (removes(setting) ? without(made, setting.path) : withSetting(made, setting)),
    value,
  );

/** Where a field comes from, for errors: the setting that made it, else what `elsewhere` says. */
export function settingOrigin(
  value: unknown,
  settings: readonly Setting[],
  elsewhere: (path: Path) => string,
): (path: Path) => string {
  return (path) => {
    const isMadeBySetting = valueAt(value, path) === undefined;
    const setting = settings.findLast(
      (one) => startsWith(path, one.path) || (isMadeBySetting && startsWith(one.path, path)),
    );
    return setting ? '--set' : elsewhere(path);
  };
}

/**
 * Applies settings to `value`, checks it and fills in the schema's defaults. A removed field may be absent, but must
 * exist in the schema.
 *
 * @param elsewhere says where a field comes from that no setting made, for errors.
 * @throws {InputError} that lists all violations at once.
 */
export function checkWithSettings<S extends z.ZodType>(
  schema: S,
  value: unknown,
  settings: readonly Setting[],
  elsewhere: (path: Path) => string,
): z.output<S> {
  const full = settings.reduce(withSetting, value);
  const misnamed = inspectValue(schema, full).violations.filter(
    ({ path, isUnknownField }) =>
      isUnknownField && settings.some((setting) => removes(setting) && startsWith(setting.path, path)),
  );
  const result = inspectValue(schema, withSettings(value, settings));
  if (result.violations.length === 0 && misnamed.length === 0) return result.value as z.output<S>;
  const modelType = valueAt(full, ['model', 'model_type']);
  const violations = [...misnamed, ...result.violations].map((one) => withPlace(one, schema, modelType));
  throw violationError(violations, settingOrigin(value, settings, elsewhere));
}
