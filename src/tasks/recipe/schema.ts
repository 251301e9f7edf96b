import * as z from 'zod';
import type { TaskRow } from '../task.ts';
import { type TaskName, taskNames, tasks } from '../task-list.ts';
import { objectOf } from './misplaced.ts';
import { withStartDefaults } from './start-default.ts';

/** The schema of a recipe, by its task; it also fills in the defaults of a model that starts from a folder. */
export const recipeSchema = (task: TaskName): z.ZodType<Recipe> => {
  const { recipe, startDefaults } = tasks[task] as (typeof tasks)[TaskName] & Pick<TaskRow, 'startDefaults'>;
  return z.preprocess((given) => withStartDefaults(given, startDefaults), recipe);
};

/** Whether recipes of a task have a tokenizer: those that read texts. */
export const hasTokenizer = (task: TaskName): boolean =>
  Object.hasOwn(objectOf(tasks[task].recipe)?.shape ?? {}, 'tokenizer');

/** Whether a task's batches have texts of different lengths, so that `train.pad_to_multiple_of` acts. */
export function padsTexts(task: TaskName): boolean {
  const train = objectOf(objectOf(tasks[task].recipe)?.shape.train);
  return Object.hasOwn(train?.shape ?? {}, 'pad_to_multiple_of');
}

/** A checked recipe of a task, by default of any, with its defaults filled in. */
export type Recipe<T extends TaskName = TaskName> = z.output<(typeof tasks)[T]['recipe']>;

/** The field that gives a recipe's task, and so the rest of its schema. */
export const taskOfRecipe = z.looseObject({ task: z.enum(taskNames) });
