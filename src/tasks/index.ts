/** What most programs need, in Node: finished models to use, recipes to train. */
import { library } from './library.ts';
import { nodePlatform } from './platform-node.ts';

export const { pipeline, loadModel } = library(nodePlatform);

export { InputError } from '../io/error.ts';
export * from './evaluate.ts';
export * from './library-type.ts';
export { parseRecipe } from './recipe.ts';
export { loadRecipe } from './recipe-file.ts';
export type { Recipe } from './recipe-schema.ts';
export { recipeJsonSchema } from './recipe-schema.ts';
export { type TrainRecipeOptions, type TrainResult, trainRecipe as train } from './train-recipe.ts';
