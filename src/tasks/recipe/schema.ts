import * as z from 'zod';
import { type TaskName, taskNames, tasks } from '../task-list.ts';

/** The schema of a recipe, by its task. */
export const recipeSchema = (task: TaskName): z.ZodType<Recipe> => tasks[task].recipe;

/** A checked recipe of a task, by default of any, with its defaults filled in. */
export type Recipe<T extends TaskName = TaskName> = z.output<(typeof tasks)[T]['recipe']>;

/** The field that gives a recipe's task, and so the rest of its schema. */
export const taskOfRecipe = z.looseObject({ task: z.enum(taskNames) });
