import { z } from 'zod';
import { type TaskName, taskNames, tasks } from '../task-list.ts';

/** The form of a recipe, by its task. */
export const recipeSchema = (task: TaskName): z.ZodType<Recipe> => tasks[task].recipe;

/** A checked recipe of a task, by default of any, with its defaults filled in. */
export type Recipe<T extends TaskName = TaskName> = z.output<(typeof tasks)[T]['recipe']>;

/** Enough of a recipe to know its task, and so the rest of its form. */
export const taskOfRecipe = z.looseObject({ task: z.enum(taskNames) });

/** The published form of a recipe file: JSON Schema, draft 2020-12, of what one writes (defaults may be left out). */
export function recipeJsonSchema(): Record<string, unknown> {
  const [first, ...more] = taskNames.map(recipeSchema);
  return { title: 'Heddle recipe', ...z.toJSONSchema(z.union([first, ...more]), { io: 'input' }) };
}
