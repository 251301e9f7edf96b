import * as z from 'zod';
import { inspectValue, type Violation, violationError } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean, nearestName } from '../../io/nearest.ts';
import { type Parameter, positionSchemes, Trace } from '../../nn/index.ts';
import { traceForward } from '../forward-graph.ts';
import { type Role, type RoleModel, roleNames } from '../role.ts';
import type { FamilyRow, RoleSetup } from './family-row.ts';
import { marianFamily } from './marian.ts';
import type { MarianConfig } from './marian-config.ts';
import { type RecurrentEncoderConfig, recurrentEncoderFamily } from './recurrent-encoder.ts';
import { type RecurrentLmConfig, recurrentLmFamily } from './recurrent-lm.ts';
import { recurrentSeq2SeqFamily } from './recurrent-seq2seq.ts';
import type { RecurrentSeq2SeqConfig } from './recurrent-seq2seq-config.ts';
import { type TransformerEncoderConfig, transformerEncoderFamily } from './transformer-encoder.ts';
import { type TransformerLmConfig, transformerLmFamily } from './transformer-lm.ts';
import { transformerSeq2SeqFamily } from './transformer-seq2seq.ts';
import type { TransformerSeq2SeqConfig } from './transformer-seq2seq-config.ts';
import { transformersFields } from './transformers-field.ts';

/** A checked configuration, its defaults filled in. */
export type ModelConfig =
  | RecurrentEncoderConfig
  | RecurrentLmConfig
  | RecurrentSeq2SeqConfig
  | MarianConfig
  | TransformerEncoderConfig
  | TransformerLmConfig
  | TransformerSeq2SeqConfig;

/** A configuration and what it determines. `role` says what kind of model it is. */
export type ModelSetup<R extends Role = Role> = { readonly [K in R]: RoleSetup<K, ModelConfig> }[R];

const families: Readonly<Record<string, FamilyRow<ModelConfig>>> = {
  marian: marianFamily,
  recurrent_encoder: recurrentEncoderFamily,
  recurrent_lm: recurrentLmFamily,
  recurrent_seq2seq: recurrentSeq2SeqFamily,
  transformer_encoder: transformerEncoderFamily(positionSchemes),
  transformer_lm: transformerLmFamily(positionSchemes),
  transformer_seq2seq: transformerSeq2SeqFamily(positionSchemes),
};

/** Every known `model_type`. */
export const modelTypes: readonly string[] = Object.keys(families);

/** The fields that configurations of one family may have. */
export interface FamilyForm {
  readonly modelType: string;
  readonly config: z.ZodObject;
}

/** The schemas of the families whose models have a role. */
export const familyForms = (role: Role): FamilyForm[] =>
  Object.entries(families)
    .filter(([, family]) => family.role === role)
    .map(([modelType, { config }]) => ({ modelType, config }));

/** A family's defaults for fields that a recipe's `model` omits; empty for an unknown family. */
export const modelDefaults = (modelType: string): Readonly<Record<string, unknown>> =>
  Object.hasOwn(families, modelType)
    ? Object.fromEntries(
        Object.entries(families[modelType].config.shape).flatMap(([name, field]) => {
          const { data } = (field as z.ZodType).safeParse(undefined);
          return data === undefined ? [] : [[name, data] as const];
        }),
      )
    : {};

/** The field names of a family's configurations; empty for an unknown family. */
export const modelFields = (modelType: string): readonly string[] =>
  Object.hasOwn(families, modelType) ? Object.keys(families[modelType].config.shape) : [];

/** Whether configurations of a family have a field. */
export const hasModelField = (modelType: string, field: string): boolean => modelFields(modelType).includes(field);

const typed = z.looseObject({ model_type: z.string() });

/**
 * Checks a configuration and says what follows from it.
 *
 * With `isStrict`, for recipes, every field must be known and defaults are Heddle's. Without it, for a `config.json`
 * that Transformers wrote, omitted fields have Transformers' defaults and fields of other families are ignored, unless
 * the name is so close to a known one that it must be a typo.
 *
 * @param where names the origin in errors, or returns it for a field.
 * @param others fields of a head, which are suggested for an unknown field too.
 * @throws {InputError} everything wrong at once: an unknown `model_type` or activation (the known ones are listed), an
 *   unknown field, a value out of range, heads that do not divide the width, token ids outside the vocabulary.
 */
export function checkConfig(
  json: unknown,
  where: string | ((path: readonly PropertyKey[]) => string),
  { isStrict = false, others = [] }: { readonly isStrict?: boolean; readonly others?: readonly string[] } = {},
): ModelSetup {
  const head = inspectValue(typed, json);
  if (!head.value) throw violationError(head.violations, where);
  const { model_type: type } = head.value;
  if (!Object.hasOwn(families, type)) {
    const place = typeof where === 'string' ? where : where(['model_type']);
    const near = didYouMean(type, modelTypes);
    throw new InputError(`${place}: model_type: expected one of ${modelTypes.join(', ')}, got "${type}"${near}`);
  }
  const family = families[type];
  const { config: schema, fileDefaults, idleFields } = family;
  const value = isStrict ? head.value : { ...fileDefaults, ...ownFields(head.value, schema.shape, others, idleFields) };
  const result = inspectValue(schema, value, others);
  if (!result.value) throw violationError(result.violations.map(ofFamily(type)), where);
  return { role: family.role, config: result.value, ...family.setup(result.value) } as ModelSetup;
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
  json: Readonly<Record<string, unknown>>,
  shape: Readonly<Record<string, unknown>>,
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
 * Checks that a family's models have the needed role, before the rest of a configuration is checked.
 *
 * @throws {InputError} when they are something else; the message lists the model types that would do.
 */
export function checkRole(modelType: unknown, role: Role, where: string): void {
  const type = String(modelType);
  const found = Object.hasOwn(families, type) ? families[type].role : role;
  if (found !== role) throw otherRole(type, found, role, where);
}

function otherRole(modelType: string, found: Role, role: Role, where: string): InputError {
  const types = modelTypes.filter((type) => families[type].role === role).join(', ');
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

/** Every parameter of a model by the checkpoint's name, in the order in which a forward pass meets them. */
export function modelParameters(model: RoleModel): ReadonlyMap<string, Parameter> {
  const trace = new Trace();
  traceForward(trace, model);
  return trace.parameters;
}
