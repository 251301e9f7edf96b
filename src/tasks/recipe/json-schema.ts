import * as z from 'zod';
import { type ModelForm, modelForms } from '../../models/families/families.ts';
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

/** The published form of a `model`, by its `model_type`; fields that follow from the data may be absent. */
function modelJson({ modelType, config, head }: ModelForm): Json {
  const family = jsonOf(config);
  const properties = { ...fieldsOf(config), ...fieldsOf(head) };
  const required = (family.required ?? []).filter((name) => !properties[name]?.readOnly);
  return { title: `model_type ${modelType}`, type: 'object', properties, required, additionalProperties: false };
}

/** The published form of a `model` that starts from a folder, whose family decides which other fields it may have. */
const startJson: Json = {
  title: 'a folder to start from',
  ...jsonOf(z.looseObject(startFields)),
  required: ['model_name_or_path'],
};

/**
 * The published form of a recipe file: JSON Schema, draft 2020-12, of what users write (fields with defaults may be
 * absent).
 */
export function recipeJsonSchema(): Record<string, unknown> {
  const models = new Map<string, Json>();
  const reference = (form: ModelForm, role: string): Json => {
    const name = form.head ? `${form.modelType}.${role}` : form.modelType;
    models.set(name, modelJson(form));
    return { $ref: `#/$defs/${name}` };
  };
  const recipes = z.toJSONSchema(z.union(taskNames.map((name) => tasks[name].recipe)), {
    io: 'input',
    override({ zodSchema, jsonSchema }) {
      const role = modelRoles.get(zodSchema)?.role;
      if (!role) return;
      const { description } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, {
        description,
        anyOf: [...modelForms(role).map((form) => reference(form, role)), startJson],
      });
    },
  });
  return { title: 'Heddle recipe', ...recipes, $defs: Object.fromEntries(models) };
}
