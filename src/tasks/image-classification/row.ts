import { runBase } from '../run/run-base.ts';
import { baseLabels } from '../run/start-weights.ts';
import { taskRun } from '../run/task-run.ts';
import type { TaskRow } from '../task.ts';
import { refuseOtherProblem } from '../text-classification/kept-problem.ts';
import { checkImageFields, imageSetup, runProcessor } from './config.ts';
import { readImageData } from './data.ts';
import { evaluateImages } from './evaluate.ts';
import { imageLines, imagePredictor } from './predict.ts';
import { type ImageClassificationRecipe, imageClassificationRecipe } from './recipe.ts';
import { imageTraining } from './training.ts';

/** Image classification: labels for an image. */
export const imageClassificationRow = {
  recipe: imageClassificationRecipe,
  startDefaults: { per_device_train_batch_size: 32 },
  role: 'image-classification',
  freeParts: [],
  async prepare(recipe, backend, checkpoint) {
    const base = await runBase(recipe, checkpoint);
    const problemType = checkImageFields(recipe, base);
    if (checkpoint) await refuseOtherProblem(checkpoint, problemType);
    const known = base && baseLabels('image-classification', base);
    const data = await readImageData(recipe, problemType, known);
    const processor = await runProcessor(recipe, data, base);
    return taskRun(imageTraining(recipe, imageSetup(recipe, data, base), data, processor), recipe.train, backend);
  },
  evaluate: evaluateImages,
  predictor: imagePredictor,
  fileLines: imageLines,
} satisfies TaskRow<ImageClassificationRecipe>;
