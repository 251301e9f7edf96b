import * as z from 'zod';
import { type TaskName, taskNames, tasks } from '../task-list.ts';

/** The form of a recipe, by its task. */
export const recipeSchema = (task: TaskName): z.ZodType<Recipe> => tasks[task].recipe;

/** A checked recipe of a task, by default of any, with its defaults filled in. */
export type Recipe<T extends TaskName = TaskName> = z.output<(typeof tasks)[T]['recipe']>;

/** Enough of a recipe to know its task, and so the rest of its form. */
export const taskOfRecipe = z.looseObject({ task: z.enum(taskNames) });
