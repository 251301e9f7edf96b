import type { TaskRow } from './task.ts';
import { TextClassificationTask } from './text-classification.ts';
import { checkClassifierFields, classifierSetup } from './text-classification-config.ts';
import { readTextClassificationData } from './text-classification-data.ts';
import { evaluateLabelledFile } from './text-classification-evaluate.ts';
import { textClassificationPredictor } from './text-classification-predict.ts';
import { type TextClassificationRecipe, textClassificationRecipe } from './text-classification-recipe.ts';

/** Text classification: what a whole text is. */
export const textClassificationRow = {
  recipe: textClassificationRecipe,
  architectures: /ForSequenceClassification$/,
  freeParts: [],
  async prepare(recipe, backend) {
    const data = await readTextClassificationData(recipe, checkClassifierFields(recipe));
    return new TextClassificationTask(recipe, classifierSetup(recipe, data), data, backend);
  },
  evaluate: evaluateLabelledFile,
  predictor: textClassificationPredictor,
} satisfies TaskRow<TextClassificationRecipe>;
