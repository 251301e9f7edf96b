/** The entry for Node: use finished models, train recipes. */
import { library } from './library.ts';
import { nodePlatform } from './platform/node.ts';

export const { pipeline, loadModel } = library(nodePlatform);

export { InputError } from '../io/error.ts';
export { EngineError, SpentProgramError } from '../runtime/engine-error.ts';
export * from './library-type.ts';
export { loadRecipe } from './recipe/file.ts';
export { recipeJsonSchema } from './recipe/json-schema.ts';
export { parseRecipe } from './recipe/recipe.ts';
export type { Recipe } from './recipe/schema.ts';
export type { EvaluateCall, Evaluation, Scores } from './task.ts';
export type { TaskName } from './task-list.ts';
export { evaluateTextToText, type TextToTextEvaluateOptions } from './text-to-text/evaluate.ts';
export { evaluateFiles } from './verbs/evaluate.ts';
export { type ProfileRecipeOptions, type ProfileResult, profileRecipe } from './verbs/profile-recipe.ts';
export { type TrainRecipeOptions, type TrainResult, trainRecipe as train } from './verbs/train-recipe.ts';
