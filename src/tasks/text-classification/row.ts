import { runBase } from '../run/run-base.ts';
import { baseLabels } from '../run/start-weights.ts';
import { taskRun } from '../run/task-run.ts';
import type { TaskRow } from '../task.ts';
import { checkClassifierFields, classifierSetup } from './config.ts';
import { readTextClassificationData } from './data.ts';
import { evaluateLabelledFile } from './evaluate.ts';
import { refuseOtherProblem } from './kept-problem.ts';
import { textClassificationPredictor } from './predict.ts';
import { type TextClassificationRecipe, textClassificationRecipe } from './recipe.ts';
import { classifierTraining } from './training.ts';

/** Text classification: a label for a whole text. */
export const textClassificationRow = {
  recipe: textClassificationRecipe,
  startDefaults: { per_device_train_batch_size: 32 },
  role: 'sequence-classification',
  // Earlier versions accepted it without effect. Its effect on a run is checked against the checkpoint's problem and
  // data.
  freeParts: [{ path: 'data.label_separator', mayChange: () => true }],
  async prepare(recipe, backend, checkpoint) {
    const base = await runBase(recipe, checkpoint);
    const problemType = checkClassifierFields(recipe, base);
    if (checkpoint) await refuseOtherProblem(checkpoint, problemType);
    const known = base && baseLabels('sequence-classification', base);
    const data = await readTextClassificationData(recipe, problemType, base?.folder ?? checkpoint, known);
    return taskRun(classifierTraining(recipe, classifierSetup(recipe, data, base), data), recipe.train, backend);
  },
  evaluate: evaluateLabelledFile,
  predictor: textClassificationPredictor,
} satisfies TaskRow<TextClassificationRecipe>;
