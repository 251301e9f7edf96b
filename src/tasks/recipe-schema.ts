import { z } from 'zod';
import { parallelData, tokenizer } from './recipe-data.ts';
import { generation } from './recipe-generation.ts';
import { trainPart } from './recipe-train.ts';

/** The checkpoint's config.json; the family's own schema checks the rest of the fields. */
const model = z
  .looseObject({ model_type: z.string().min(1).describe('the family, as in config.json') })
  .describe('fields of the config.json of the model that is made');

const translation = z
  .strictObject({
    task: z.literal('translation'),
    data: parallelData,
    tokenizer,
    model,
    train: trainPart({
      learning_rate: 5e-4,
      lr_scheduler_type: 'inverse_sqrt',
      warmup_steps: 1000,
      label_smoothing_factor: 0.1,
      adam_beta2: 0.98,
      metrics: ['loss', 'bleu', 'chrf', 'exact_match'],
    }),
    generation,
  })
  .refine(({ train, data }) => train.early_stopping_patience === undefined || data.validation !== undefined, {
    path: ['data', 'validation'],
    error: 'expected validation data, which train.early_stopping_patience looks at, got none',
  })
  .refine(({ train, data }) => train.metric_for_best_model === 'eval_loss' || data.validation !== undefined, {
    path: ['data', 'validation'],
    error: 'expected validation data, which train.metric_for_best_model looks at, got none',
  })
  .describe('one text into another: a translator');

/** The form of a recipe, by its task. */
export const recipeSchemas = { translation };

/** A checked recipe with its defaults filled in. */
export type Recipe = z.output<(typeof recipeSchemas)[keyof typeof recipeSchemas]>;

/** Enough of a recipe to know its task, and so the rest of its form. */
export const taskOfRecipe = z.looseObject({
  task: z.enum(Object.keys(recipeSchemas) as (keyof typeof recipeSchemas)[]),
});

/** The published form of a recipe file: JSON Schema, draft 2020-12, of what one writes (defaults may be left out). */
export function recipeJsonSchema(): Record<string, unknown> {
  const [first, ...more] = Object.values(recipeSchemas);
  return { title: 'Heddle recipe', ...z.toJSONSchema(z.union([first, ...more]), { io: 'input' }) };
}
