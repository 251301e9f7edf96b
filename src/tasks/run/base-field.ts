import { reportAll } from '../../io/error.ts';
import { checkConfig } from '../../models/families/check-config.ts';
import { familyOf, hasModelField, headIn } from '../../models/families/families.ts';
import type { Role } from '../../models/role.ts';
import { isDropoutField } from './dropout-field.ts';
import type { RunBase } from './run-base.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Sizes that decide how many rows tables have: those of another size are made of those of the folder. */
const sizes: ReadonlySet<string> = new Set(['vocab_size', 'image_size']);

/** Fields that may differ from those that weights were trained with: they act in training alone, or change its rows. */
export const mayDiffer = (name: string): boolean => isDropoutField(name) || name.startsWith('init') || sizes.has(name);

/**
 * The fields of a recipe's `model` that replace those of the folder that the run starts from: dropouts, initial values,
 * `vocab_size`, `image_size`, those of the head, and `pad_token_id` if the folder has none.
 *
 * @throws {InputError} for every other field with another value than the folder's.
 */
export function overridingFields(
  role: Role,
  { model_type: _, model_name_or_path: __, ...fields }: Fields,
  { config, where, folder }: RunBase,
): Fields {
  const type = String(config.model_type);
  const family = familyOf(type);
  if (!family) return fields;
  const own = headIn(family, role)?.fields?.shape ?? {};
  const fixed = Object.keys(fields).filter(
    (name) => hasModelField(type, name) && !mayDiffer(name) && !Object.hasOwn(own, name),
  );
  if (fixed.length === 0) return fields;
  const was = new Map(Object.entries(checkConfig(config, where, { role }).config));
  const violations = fixed
    .map((name) => ({ name, before: JSON.stringify(was.get(name)), got: JSON.stringify(fields[name]) }))
    .filter(({ name, before, got }) => before !== got && !(name === 'pad_token_id' && before === 'null'))
    .map(
      ({ name, before, got }) =>
        `${name}: the weights of ${folder.name} have ${before}, which cannot change, got ${got}`,
    );
  if (violations.length > 0) throw reportAll('recipe model', violations);
  return fields;
}
