import { runBase } from '../run/run-base.ts';
import { taskRun } from '../run/task-run.ts';
import type { TaskRow } from '../task.ts';
import { checkMaskedLmFields, maskedLmSetup } from './config.ts';
import { readFillMaskData } from './data.ts';
import { evaluateMaskedFile } from './evaluate.ts';
import { fillMaskPredictor } from './predict.ts';
import { type FillMaskRecipe, fillMaskRecipe } from './recipe.ts';
import { maskedLmTraining } from './training.ts';

/** Filling masks: the hidden tokens of a text. */
export const fillMaskRow = {
  recipe: fillMaskRecipe,
  role: 'masked-lm',
  freeParts: [],
  async prepare(recipe, backend, checkpoint) {
    const base = await runBase(recipe, checkpoint);
    checkMaskedLmFields(recipe, base);
    const data = await readFillMaskData(recipe, base?.folder ?? checkpoint);
    return taskRun(maskedLmTraining(recipe, maskedLmSetup(recipe, data.tokenizer, base), data), recipe.train, backend);
  },
  evaluate: evaluateMaskedFile,
  predictor: fillMaskPredictor,
} satisfies TaskRow<FillMaskRecipe>;
