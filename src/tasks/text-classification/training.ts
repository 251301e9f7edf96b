import type { RunSetup } from '../run/recipe-model.ts';
import { rowTraining } from '../run/row-task.ts';
import type { PreparedTask } from '../run/task-run.ts';
import { classifierTask } from './classifier.ts';
import { classWeights, sampling } from './config.ts';
import { type LabelledSet, type TextClassificationData, textClassificationNotes } from './data.ts';
import { classificationProblems } from './problems.ts';
import type { TextClassificationRecipe } from './recipe.ts';

/**
 * A loaded recipe for a text classifier.
 *
 * @throws {InputError} when the number of class weights is not that of the labels, or sampling cannot be balanced.
 */
export function classifierTraining(
  recipe: TextClassificationRecipe,
  setup: RunSetup<'sequence-classification'>,
  data: TextClassificationData,
): PreparedTask<LabelledSet> {
  return {
    ...rowTraining(classifierTask, { setup, maxTokens: recipe.train.max_length }, data.sets, {
      ...recipe.train,
      sample: sampling(recipe, data),
    }),
    lossOptions: { labelSmoothing: recipe.train.label_smoothing_factor, classWeights: classWeights(recipe, data) },
    notes: textClassificationNotes(data, recipe.train.max_length),
    files: data.files,
    lowerIsBetter: classificationProblems[data.problemType].lowerIsBetter,
  };
}
