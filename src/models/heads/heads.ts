import type * as z from 'zod';
import { check } from '../../io/check.ts';
import { checkConfig, checkRole, type FamilyForm, familyForms, inRole, type ModelSetup } from '../families/families.ts';
import type { Role } from '../role.ts';
import { classifierFields, labelFields, labelNames, problemTypeOf } from './classifier-fields.ts';
import { sequenceClassifier } from './sequence-classification.ts';
import { tokenClassifier } from './token-classification.ts';
import { tokenClassifierFields } from './token-classifier-fields.ts';

/** One row of the table of heads: what turns an encoder of any family into a model for a task. */
interface HeadRow<R extends Role> {
  /** The ending of its class names in `architectures`. */
  readonly suffix: string;
  /** The schema of its fields in `config.json`. */
  readonly config: z.ZodObject;
  /** @throws {InputError} for fields that are wrong. */
  setup(encoder: ModelSetup<'encoder'>, fields: Readonly<Record<string, unknown>>, where: string): ModelSetup<R>;
}

/** `BertModel` with a head is `BertForSequenceClassification`. */
const headed = (architecture: string, suffix: string): string => `${architecture.replace(/Model$/, '')}${suffix}`;

const sequenceClassification: HeadRow<'sequence-classification'> = {
  suffix: 'ForSequenceClassification',
  config: classifierFields,
  setup(encoder, fields, where) {
    const config = check(classifierFields, fields, where);
    return {
      ...encoder,
      role: 'sequence-classification',
      config: {
        ...encoder.config,
        ...config,
        problem_type: problemTypeOf(config),
        ...labelFields(labelNames(config)),
      },
      model: sequenceClassifier(encoder.model, config),
      architecture: headed(encoder.architecture, this.suffix),
    };
  },
};

const tokenClassification: HeadRow<'token-classification'> = {
  suffix: 'ForTokenClassification',
  config: tokenClassifierFields,
  setup(encoder, fields, where) {
    const config = check(tokenClassifierFields, fields, where);
    return {
      ...encoder,
      role: 'token-classification',
      config: { ...encoder.config, ...config, ...labelFields(labelNames(config)) },
      model: tokenClassifier(encoder.model, config),
      architecture: headed(encoder.architecture, this.suffix),
    };
  },
};

/** Every head by the role of its model. Add a head here. */
const heads = { 'sequence-classification': sequenceClassification, 'token-classification': tokenClassification };

export type HeadName = keyof typeof heads;

const headNames = Object.keys(heads) as HeadName[];

/** The fields of one family's configurations, and those of the head over it. */
export interface ModelForm extends FamilyForm {
  readonly head?: z.ZodObject;
}

const isHead = (role: Role): role is HeadName => Object.hasOwn(heads, role);

/** The schemas of all configurations whose model has a role. */
export const modelForms = (role: Role): readonly ModelForm[] =>
  isHead(role) ? familyForms('encoder').map((form) => ({ ...form, head: heads[role].config })) : familyForms(role);

/** The head of the class in `config.json`, if any. */
function headOf({ architectures }: Readonly<Record<string, unknown>>): HeadName | undefined {
  const architecture = Array.isArray(architectures) ? String(architectures[0]) : '';
  return headNames.find((name) => architecture.endsWith(heads[name].suffix));
}

/**
 * Checks the configuration of a model, with the head over its encoder if it has one, and returns what it determines.
 *
 * @param head the head to use; by default the class in `architectures` decides.
 * @throws {InputError} as {@link checkConfig}, and for a wrong field of the head, or a head over a model that is not an
 *   encoder.
 */
export function checkModelConfig(
  json: Readonly<Record<string, unknown>>,
  where: string,
  { isStrict = false, head = headOf(json) }: { readonly isStrict?: boolean; readonly head?: HeadName } = {},
): ModelSetup {
  if (!head) return checkConfig(json, where, { isStrict });
  checkRole(json.model_type, 'encoder', where);
  const row: HeadRow<HeadName> = heads[head];
  const others = Object.keys(row.config.shape);
  const isOwn = ([name]: readonly [string, unknown]) => others.includes(name);
  // Transformers writes null for unset fields; for a dropout it means none.
  const entries = Object.entries(json).filter(([name, value]) => value !== null || name === 'classifier_dropout');
  const rest = Object.fromEntries(entries.filter((entry) => !isOwn(entry)));
  const encoder = inRole(checkConfig(rest, where, { isStrict, others }), 'encoder', where);
  return row.setup(encoder, Object.fromEntries(entries.filter(isOwn)), where);
}
