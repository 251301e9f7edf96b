import type { RunSetup } from '../run/recipe-model.ts';
import { rowTraining } from '../run/row-task.ts';
import type { PreparedTask } from '../run/task-run.ts';
import { classWeights, sampling } from '../text-classification/config.ts';
import { classificationProblems } from '../text-classification/problems.ts';
import { imageTask } from './classifier.ts';
import type { RunProcessor } from './config.ts';
import { type ImageClassificationData, imageNotes, imageSets, type LabelledImageSet } from './data.ts';
import { patchesIn } from './image-batch.ts';
import { processorFiles } from './image-processor.ts';
import type { ImageClassificationRecipe } from './recipe.ts';

/** A loaded recipe for a classifier of images. @throws {InputError} when the number of class weights is not that of the labels. */
export function imageTraining(
  { train }: ImageClassificationRecipe,
  setup: RunSetup<'image-classification'>,
  data: ImageClassificationData,
  { processor, source }: RunProcessor,
): PreparedTask<LabelledImageSet> {
  const { problemType, labels } = data;
  const sets = imageSets(data, patchesIn(setup.model));
  const learned = { labels, problemType, sets };
  return {
    ...rowTraining(({ model }) => imageTask(model, processor), { setup, maxTokens: Number.POSITIVE_INFINITY }, sets, {
      ...train,
      sample: sampling({ train }, learned),
    }),
    lossOptions: {
      labelSmoothing: train.label_smoothing_factor,
      classWeights: classWeights({ train }, learned),
    },
    notes: imageNotes(data),
    files: processorFiles(processor, data.size, source),
    lowerIsBetter: classificationProblems[problemType].lowerIsBetter,
  };
}
