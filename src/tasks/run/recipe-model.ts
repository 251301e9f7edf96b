import { violationError } from '../../io/check.ts';
import { reportAll } from '../../io/error.ts';
import { checkConfig } from '../../models/families/check-config.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { isWriter } from '../../models/folder/load.ts';
import type { Role } from '../../models/role.ts';
import { contradictions } from '../model/model-field.ts';
import { overridingFields } from './base-field.ts';
import { unusableDropouts, usableRates } from './dropout-field.ts';
import type { RunBase } from './run-base.ts';
import { openStart, type StartWeights } from './start-weights.ts';

const where = 'recipe model';

type Fields = Readonly<Record<string, unknown>>;

/** Fields of a model that follow from a recipe's data, and from the tokenizer that is trained on them. */
export interface DerivedFields {
  /** A folder that a run starts from has them already. */
  readonly tokenizer: Fields;
  readonly data?: Fields | undefined;
  /** What they follow from, for errors; `data` when absent. */
  readonly origin?: string | undefined;
}

/** The model of a run. */
export type RunSetup<R extends Role = Role> = ModelSetup<R> & {
  /** Opens the weights to start from; absent if they are drawn, or are those of a checkpoint. */
  readonly openStart?: (() => Promise<StartWeights>) | undefined;
};

/** A setup of a role, also where the role is not known. */
type SetupIn<R extends Role> = ModelSetup<R> & ModelSetup;

/** Refuses dropouts of a recipe that round to 0 or 1, and those of a folder that round to 1. */
function checkDropouts(model: Fields, { config }: ModelSetup, origin: (path: readonly PropertyKey[]) => string): void {
  const violations = unusableDropouts(config)
    .filter(({ name, rounded }) => Object.hasOwn(model, name) || rounded === 1)
    .map(({ name, value }) => ({
      path: [name],
      message: `${name}: ${usableRates('an element')}, got ${value}`,
      isUnknownField: false,
    }));
  if (violations.length > 0) throw violationError(violations, origin);
}

/**
 * The model that the fields of a recipe's `model` describe, alone or over the configuration of the folder that the run
 * starts from.
 *
 * @throws {InputError} for a wrong field, one that cannot differ from the folder's, or a dropout that training cannot
 *   apply.
 */
export function describedModel<R extends Role>(
  role: R,
  model: Fields,
  { tokenizer, data }: DerivedFields,
  base?: RunBase,
): SetupIn<R> {
  if (!base) {
    const setup = checkConfig({ ...model, ...tokenizer, ...data }, where, { isStrict: true, role });
    checkDropouts(model, setup, () => where);
    return setup as SetupIn<R>;
  }
  const overrides = { ...overridingFields(role, model, base), ...data };
  const origin = ([field = '']: readonly PropertyKey[]) => (Object.hasOwn(overrides, field) ? where : base.where);
  const setup = checkConfig(base.config, origin, { role, overrides });
  checkDropouts(model, setup, origin);
  if (!isWriter(setup)) return setup as SetupIn<R>;
  return { ...setup, generationDefaults: { ...setup.generationDefaults, ...base.generationConfig } } as SetupIn<R>;
}

/**
 * The model of a recipe: the fields of `model`, completed by those that follow from its data.
 *
 * @throws {InputError} when a field is unknown, wrong, contradicts the data, or cannot differ from that of the folder
 *   that the run starts from.
 */
export function completedModel<R extends Role>(
  role: R,
  model: Fields,
  derived: DerivedFields,
  base?: RunBase,
): RunSetup<R> {
  const { tokenizer, data, origin = 'data' } = derived;
  const violations = contradictions(model, { ...(!base && tokenizer), ...data }, origin);
  if (violations.length > 0) throw reportAll(where, violations);
  const setup = describedModel(role, model, derived, base);
  if (!base || base.isCheckpoint) return setup;
  return { ...setup, openStart: () => openStart(setup, { ...overridingFields(role, model, base), ...data }, base) };
}
