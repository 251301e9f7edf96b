import { reportAll } from '../../io/error.ts';
import { checkConfig } from '../../models/families/check-config.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import type { Role } from '../../models/role.ts';
import { contradictions } from '../model/model-field.ts';

const where = 'recipe model';

type Fields = Readonly<Record<string, unknown>>;

/** The model that the fields of a recipe's `model` describe. @throws {InputError} for a wrong field. */
export const describedModel = <R extends Role>(role: R, fields: Fields): ModelSetup<R> =>
  checkConfig(fields, where, { isStrict: true, role }) as ModelSetup<R>;

/**
 * The model of a recipe: the fields of `model`, completed by those that follow from its data.
 *
 * @param origin what they follow from, for errors: `tokenizer`.
 * @throws {InputError} when a field is unknown, wrong or contradicts the data.
 */
export function completedModel<R extends Role>(
  role: R,
  model: Fields,
  derived: Fields,
  origin: string = 'data',
): ModelSetup<R> {
  const violations = contradictions(model, derived, origin);
  if (violations.length > 0) throw reportAll(where, violations);
  return describedModel(role, { ...model, ...derived });
}
