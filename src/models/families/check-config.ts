import * as z from 'zod';
import { inspectValue, type Violation, violationError } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import type { HeadRow } from '../heads/head-row.ts';
import { type Role, roleNames } from '../role.ts';
import { familyOf, headIn, type ModelConfig, modelTypes, typesIn } from './families.ts';
import type { FamilyRow } from './family-row.ts';
import { type FamilyClass, type Fields, sortedFields, withoutReplaced } from './file-field.ts';
import { type ModelSetup, setupOf } from './setup.ts';

type Where = string | ((path: readonly PropertyKey[]) => string);

/** How a configuration is read. */
export interface CheckConfigOptions {
  /** For recipes: every field must be known, and defaults are Heddle's. */
  readonly isStrict?: boolean;
  /** What the model is used as; by default the class in `architectures` decides, else the family's first. */
  readonly role?: Role | undefined;
  /**
   * Fields that replace those of the file; each must act. If they name or count labels, the file's labels are
   * dropped, as in Transformers.
   */
  readonly overrides?: Fields | undefined;
}

const typed = z.looseObject({ model_type: z.string() });

/**
 * Checks the configuration of a model and says what follows from it.
 *
 * With `isStrict`, for recipes, every field must be known and defaults are Heddle's. Without it, for a `config.json`
 * that Transformers wrote, omitted fields have Transformers' defaults. A field either acts, or affects no result and must
 * have a neutral value, or is unknown and kept, unless its name is so close to a known one that it must be a typo.
 *
 * @param where names the origin in errors, or returns it for a field.
 * @throws {InputError} everything wrong at once: an unknown `model_type`, class or activation (the known ones are
 *   listed), an unknown field, a value out of range, heads that do not divide the width, token ids outside the
 *   vocabulary; a family without a class in the role.
 */
export function checkConfig(
  json: unknown,
  where: Where,
  { isStrict = false, role, overrides = {} }: CheckConfigOptions = {},
): ModelSetup {
  const { value: file, violations } = inspectValue(typed, json);
  if (!file) throw violationError(violations, where);
  const { model_type: type } = file;
  const family = familyOf(type);
  if (!family) {
    const near = didYouMean(type, modelTypes);
    throw new InputError(
      `${placeOf(where, 'model_type')}: model_type: expected one of ${modelTypes.join(', ')}, got "${type}"${near}`,
    );
  }
  if (role) checkRole(type, role, placeOf(where, 'model_type'));
  const fields = { ...withoutReplaced(file, overrides), ...overrides };
  const head = classFor(family, role, fields, where);
  const form = { type, family, head };
  if (isStrict) return setupOf(family, head, checkedFields(form, fields, where));
  const { known, unknownFields, faults } = sortedFields(form, fields, overrides);
  const config = checkedFields(form, { ...family.fileDefaults, ...known }, where, faults);
  return setupOf(family, head, config, { source: fields, unknownFields });
}

const placeOf = (where: Where, field: string): string =>
  typeof where === 'string' ? where : where(field === '' ? [] : [field]);

/** The class in a role, or that of `architectures`, or the family's first. @throws {InputError} for an unknown class. */
function classFor(
  family: FamilyRow<ModelConfig>,
  role: Role | undefined,
  { architectures }: Fields,
  where: Where,
): HeadRow<ModelConfig> {
  const { heads } = family;
  const [first] = heads;
  if (!first) throw new Error('family: expected a head');
  const [name] = Array.isArray(architectures) ? architectures : [architectures];
  const found = heads.find(({ architecture }) => architecture === name);
  const usual = (role && headIn(family, role)) ?? first;
  if (found) return role === undefined || found.role === role ? found : usual;
  if (name === undefined || name === null) return usual;
  const names = heads.map(({ architecture }) => architecture);
  const near = typeof name === 'string' ? didYouMean(name, names) : '';
  throw new InputError(
    `${placeOf(where, 'architectures')}: architectures: expected one of ${names.join(', ')}, got ${JSON.stringify(name)}${near}`,
  );
}

/** The fields of the family and of its class, with their defaults. @throws {InputError} for all faults at once. */
function checkedFields(
  { type, family, head }: FamilyClass,
  given: Fields,
  where: Where,
  faults: readonly Violation[] = [],
): ModelConfig {
  const { shape } = family.config;
  const others = head.fields?.shape ?? {};
  const isOther = ([name]: readonly [string, unknown]) => Object.hasOwn(others, name) && !Object.hasOwn(shape, name);
  // Transformers writes null for unset fields of a head; to some fields it means something.
  const isUnset = ([name, value]: readonly [string, unknown]) =>
    value === null && isOther([name, value]) && !(others[name] as z.ZodType).safeParse(null).success;
  const entries = Object.entries(given).filter((entry) => !isUnset(entry));
  const part = (isHead: boolean) => Object.fromEntries(entries.filter((entry) => isOther(entry) === isHead));
  const body = inspectValue(family.config, part(false), Object.keys(others));
  const own = head.fields ? inspectValue(head.fields, part(true)) : { value: {}, violations: [] };
  const violations = [...faults, ...body.violations, ...own.violations];
  if (violations.length === 0 && body.value && own.value) return { ...body.value, ...own.value };
  throw violationError(violations.map(ofFamily(type)), where);
}

/** Names the family if none of its fields is close to the unknown one, which another family may have. */
const ofFamily =
  (type: string) =>
  (violation: Violation): Violation =>
    violation.isUnknownField && !violation.message.endsWith('?')
      ? { ...violation, message: `${violation.message}, which ${type} does not have` }
      : violation;

/**
 * Checks that a family has models in the needed role, before the rest of a configuration is checked.
 *
 * @throws {InputError} when it has none; the message lists the model types that have.
 */
export function checkRole(modelType: unknown, role: Role, where: string): void {
  const type = String(modelType);
  const family = familyOf(type);
  if (!family || headIn(family, role)) return;
  const [first] = family.heads;
  if (first) throw otherRole(type, first.role, role, where);
}

function otherRole(modelType: string, found: Role, role: Role, where: string): InputError {
  const types = typesIn(role).join(', ');
  const fitting = types && ` (${types})`;
  return new InputError(
    `${where}: model_type: expected ${roleNames[role]}${fitting}, got "${modelType}", ${roleNames[found]}`,
  );
}

/**
 * A setup whose model has the needed role.
 *
 * @throws {InputError} when it is something else; the message lists the model types that would do.
 */
export function inRole<R extends Role, S extends ModelSetup>(
  setup: S,
  role: R,
  where: string,
): Extract<S, { readonly role: R }> {
  const isInRole = (s: S): s is Extract<S, { readonly role: R }> => s.role === role;
  if (isInRole(setup)) return setup;
  const { config, architecture } = setup;
  const family = familyOf(config.model_type);
  const fitting = family && headIn(family, role);
  if (!fitting) throw otherRole(config.model_type, setup.role, role, where);
  throw new InputError(
    `${where}: architectures: expected ${fitting.architecture}, ${roleNames[role]}, got ${architecture}, ${roleNames[setup.role]}`,
  );
}
