import * as z from 'zod';
import { type ModelForm, modelForms } from '../../models/families/families.ts';
import { mayDiffer } from '../run/base-field.ts';
import { taskNames, tasks } from '../task-list.ts';
import { modelRoles, startFields } from './model.ts';

type Json = z.core.JSONSchema.BaseSchema;
type Fields = Readonly<Record<string, Json>>;

/** The JSON Schema of a form, as users write it. */
const jsonOf = (form: z.ZodObject): Json => z.toJSONSchema(form, { io: 'input' });

/** The fields of a model and of its head, kept apart. */
export interface ModelFields {
  readonly modelType: string;
  readonly family: Fields;
  readonly head: Fields;
}

const fieldsOf = (form?: z.ZodObject): Fields => (form ? ((jsonOf(form).properties ?? {}) as Fields) : {});

/** The fields of every model that a task's recipes can describe; those that follow from the data are `readOnly`. */
export const modelFields = (forms: readonly ModelForm[]): ModelFields[] =>
  forms.map(({ modelType, config, head }) => ({ modelType, family: fieldsOf(config), head: fieldsOf(head) }));

const { model_name_or_path } = fieldsOf(z.object(startFields));
/** The folder to start from, in every form. */
const folderField: Fields = model_name_or_path ? { model_name_or_path } : {};

/** The published form of a `model`, by its `model_type`; fields that follow from the data may be absent. */
function modelJson({ modelType, config, head }: ModelForm): Json {
  const family = jsonOf(config);
  const properties: Fields = { ...fieldsOf(config), ...fieldsOf(head), ...folderField };
  const required = (family.required ?? []).filter((name) => !properties[name]?.readOnly);
  return { title: `model_type ${modelType}`, type: 'object', properties, required, additionalProperties: false };
}

/** The published form of a `model` that starts from a folder, with the fields that may differ from those of the folder. */
function startJson(forms: readonly ModelForm[]): Json {
  const found = new Map<string, Json[]>();
  for (const { config, head } of forms) {
    const own = Object.entries(fieldsOf(config)).filter(([name]) => mayDiffer(name));
    for (const [name, { default: _, readOnly: __, ...field }] of [...own, ...Object.entries(fieldsOf(head))]) {
      const before = found.get(name) ?? [];
      if (!before.some((one) => JSON.stringify(one) === JSON.stringify(field))) found.set(name, [...before, field]);
    }
  }
  const fields = [...found].map(([name, [first, ...others]]) => [
    name,
    others.length > 0 ? { anyOf: [first, ...others] } : first,
  ]);
  return {
    title: 'a folder to start from',
    type: 'object',
    properties: { ...folderField, ...Object.fromEntries(fields) },
    required: ['model_name_or_path'],
    additionalProperties: false,
  };
}

/**
 * The published form of a recipe file: JSON Schema, draft 2020-12, of what users write (fields with defaults may be
 * absent).
 */
export function recipeJsonSchema(): Record<string, unknown> {
  const models = new Map<string, Json>();
  const defined = (name: string, json: Json): Json => {
    models.set(name, json);
    return { $ref: `#/$defs/${name}` };
  };
  const reference = (form: ModelForm, role: string): Json =>
    defined(form.head ? `${form.modelType}.${role}` : form.modelType, modelJson(form));
  const recipes = z.toJSONSchema(z.union(taskNames.map((name) => tasks[name].recipe)), {
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      const role = modelRoles.get(zodSchema)?.role;
      if (!role) return;
      const { description } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      const forms = modelForms(role);
      const started = defined(`folder.${role}`, startJson(forms));
      Object.assign(jsonSchema, { description, anyOf: [...forms.map((form) => reference(form, role)), started] });
    },
  });
  return { title: 'Heddle recipe', ...recipes, $defs: Object.fromEntries(models) };
}
