import { runBase } from '../run/run-base.ts';
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
    const base = await runBase(recipe, checkpoint);
    checkLanguageModelFields(recipe, base);
    const data = await readTextGenerationData(recipe, base?.folder ?? checkpoint);
    return taskRun(languageModelTraining(recipe, languageModelSetup(recipe, data, base), data), recipe.train, backend);
  },
  evaluate: evaluateTextFile,
  predictor: textGenerationPredictor,
} satisfies TaskRow<TextGenerationRecipe>;
