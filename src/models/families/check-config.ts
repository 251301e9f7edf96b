import * as z from 'zod';
import { check, inspectValue, type Violation, violationError } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean, nearestName } from '../../io/nearest.ts';
import type { HeadRow } from '../heads/head-row.ts';
import { type Role, roleNames } from '../role.ts';
import { familyOf, headIn, type ModelConfig, modelTypes, typesIn } from './families.ts';
import type { FamilyRow } from './family-row.ts';
import { type ModelSetup, setupOf } from './setup.ts';
import { transformersFields } from './transformers-field.ts';

type Where = string | ((path: readonly PropertyKey[]) => string);

type Fields = Readonly<Record<string, unknown>>;

/** How a configuration is read. */
export interface CheckConfigOptions {
  /** For recipes: every field must be known, and defaults are Heddle's. */
  readonly isStrict?: boolean;
  /** What the model is used as; by default the class in `architectures` decides, else the family's first. */
  readonly role?: Role | undefined;
}

const typed = z.looseObject({ model_type: z.string() });

/**
 * Checks the configuration of a model and says what follows from it.
 *
 * With `isStrict`, for recipes, every field must be known and defaults are Heddle's. Without it, for a `config.json`
 * that Transformers wrote, omitted fields have Transformers' defaults and fields of other families are ignored, unless
 * the name is so close to a known one that it must be a typo.
 *
 * @param where names the origin in errors, or returns it for a field.
 * @throws {InputError} everything wrong at once: an unknown `model_type`, class or activation (the known ones are
 *   listed), an unknown field, a value out of range, heads that do not divide the width, token ids outside the
 *   vocabulary; a family without a class in the role.
 */
export function checkConfig(
  json: unknown,
  where: Where,
  { isStrict = false, role }: CheckConfigOptions = {},
): ModelSetup {
  const { value: fields, violations } = inspectValue(typed, json);
  if (!fields) throw violationError(violations, where);
  const { model_type: type } = fields;
  const family = familyOf(type);
  if (!family) {
    const near = didYouMean(type, modelTypes);
    throw new InputError(
      `${placeOf(where, 'model_type')}: model_type: expected one of ${modelTypes.join(', ')}, got "${type}"${near}`,
    );
  }
  if (role) checkRole(type, role, placeOf(where, 'model_type'));
  const head = (role && headIn(family, role)) ?? classOf(family, fields, where);
  const others = Object.keys(head.fields?.shape ?? {});
  const isOwn = ([name]: readonly [string, unknown]) => others.includes(name);
  // Transformers writes null for unset fields; for a dropout it means none.
  const entries = Object.entries(fields).filter(
    ([name, value]) => value !== null || !head.fields || name === 'classifier_dropout',
  );
  const rest = Object.fromEntries(entries.filter((entry) => !isOwn(entry)));
  const config = checkFields(type, family, rest, where, { isStrict, others });
  if (!head.fields) return setupOf(family, head, config);
  const own = check(head.fields, Object.fromEntries(entries.filter(isOwn)), placeOf(where, ''));
  return setupOf(family, head, { ...config, ...own });
}

const placeOf = (where: Where, field: string): string =>
  typeof where === 'string' ? where : where(field === '' ? [] : [field]);

/** The class in `architectures`, or the family's first. @throws {InputError} for a class that the family does not have. */
function classOf({ heads }: FamilyRow<ModelConfig>, { architectures }: Fields, where: Where): HeadRow<ModelConfig> {
  const [first] = heads;
  if (!first) throw new Error('family: expected a head');
  if (!Array.isArray(architectures) || architectures.length === 0) return first;
  const name = String(architectures[0]);
  const found = heads.find(({ architecture }) => architecture === name);
  if (found) return found;
  const names = heads.map(({ architecture }) => architecture);
  throw new InputError(
    `${placeOf(where, 'architectures')}: architectures: expected one of ${names.join(', ')}, got "${name}"${didYouMean(name, names)}`,
  );
}

function checkFields(
  type: string,
  { config: schema, fileDefaults, idleFields }: FamilyRow<ModelConfig>,
  given: Fields,
  where: Where,
  { isStrict, others }: { readonly isStrict: boolean; readonly others: readonly string[] },
): ModelConfig {
  const value = isStrict ? given : { ...fileDefaults, ...ownFields(given, schema.shape, others, idleFields) };
  const result = inspectValue(schema, value, others);
  if (result.value) return result.value;
  throw violationError(result.violations.map(ofFamily(type)), where);
}

/** Names the family if none of its fields is close to the unknown one, which another family may have. */
const ofFamily =
  (type: string) =>
  (violation: Violation): Violation =>
    violation.isUnknownField && !violation.message.endsWith('?')
      ? { ...violation, message: `${violation.message}, which ${type} does not have` }
      : violation;

/** The fields of a file that are the family's, or a typo of one of them or of its head's, `others`. */
function ownFields(
  json: Fields,
  shape: Fields,
  others: readonly string[],
  idleFields: readonly string[],
): Record<string, unknown> {
  const known = [...Object.keys(shape), ...others];
  const isForeign = (field: string) =>
    !Object.hasOwn(shape, field) &&
    (transformersFields.has(field) || idleFields.includes(field) || nearestName(field, known) === undefined);
  return Object.fromEntries(Object.entries(json).filter(([field]) => !isForeign(field)));
}

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
  throw otherRole(setup.config.model_type, setup.role, role, where);
}
