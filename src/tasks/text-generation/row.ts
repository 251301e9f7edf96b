import { taskRun } from '../run/task-run.ts';
import type { TaskRow } from '../task.ts';
import { checkLanguageModelFields, languageModelSetup } from './config.ts';
import { readTextGenerationData } from './data.ts';
import { evaluateTextFile } from './evaluate.ts';
import { textGenerationPredictor } from './predict.ts';
import { type TextGenerationRecipe, textGenerationRecipe } from './recipe.ts';
import { languageModelTraining } from './training.ts';

/** Text generation: the continuation of a text. */
export const textGenerationRow = {
  recipe: textGenerationRecipe,
  role: 'causal',
  freeParts: [{ path: 'generation', mayChange: () => true }],
  async prepare(recipe, backend, checkpoint) {
    checkLanguageModelFields(recipe);
    const data = await readTextGenerationData(recipe, checkpoint);
    return taskRun(languageModelTraining(recipe, languageModelSetup(recipe, data), data), backend);
  },
  evaluate: evaluateTextFile,
  predictor: textGenerationPredictor,
} satisfies TaskRow<TextGenerationRecipe>;
