import type { TaskRow } from '../task.ts';
import { checkClassifierFields, classifierSetup } from './config.ts';
import { readTextClassificationData } from './data.ts';
import { evaluateLabelledFile } from './evaluate.ts';
import { textClassificationPredictor } from './predict.ts';
import { type TextClassificationRecipe, textClassificationRecipe } from './recipe.ts';
import { TextClassificationTask } from './training.ts';

/** Text classification: what a whole text is. */
export const textClassificationRow = {
  recipe: textClassificationRecipe,
  architectures: /ForSequenceClassification$/,
  freeParts: [],
  async prepare(recipe, backend, checkpoint) {
    const data = await readTextClassificationData(recipe, checkClassifierFields(recipe), checkpoint);
    return new TextClassificationTask(recipe, classifierSetup(recipe, data), data, backend);
  },
  evaluate: evaluateLabelledFile,
  predictor: textClassificationPredictor,
} satisfies TaskRow<TextClassificationRecipe>;
