import { balancedSample } from '../../data/batch/balanced-sample.ts';
import { InputError } from '../../io/error.ts';
import type { RunSetup } from '../run/recipe-model.ts';
import { rowTraining } from '../run/row-task.ts';
import type { PreparedTask } from '../run/task-run.ts';
import { classifierTask } from './classifier.ts';
import { classWeights } from './config.ts';
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
  const { balanced_sampling: isBalanced, seed } = recipe.train;
  const labels = data.sets.train.rows.map(({ target: [label = 0] }) => label);
  if (isBalanced && data.problemType !== 'single_label_classification') {
    throw new InputError('recipe: train.balanced_sampling: only for one label a text; remove it');
  }
  const sample = isBalanced ? (epoch: number) => balancedSample(labels, seed, epoch) : undefined;
  return {
    ...rowTraining(classifierTask(setup), data.sets, { ...recipe.train, sample }),
    setup,
    lossOptions: { labelSmoothing: recipe.train.label_smoothing_factor, classWeights: classWeights(recipe, data) },
    notes: textClassificationNotes(data, recipe.train.max_length),
    files: data.files,
    lowerIsBetter: classificationProblems[data.problemType].lowerIsBetter,
  };
}
