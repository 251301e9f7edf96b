import { runBase } from '../run/run-base.ts';
import { taskRun } from '../run/task-run.ts';
import type { TaskRow } from '../task.ts';
import { checkEncoderFields, encoderSetup, sentenceForm } from './config.ts';
import { readSentenceData } from './data.ts';
import { evaluateSentences } from './evaluate.ts';
import { sentencePredictor } from './predict.ts';
import { type FeatureExtractionRecipe, featureExtractionRecipe } from './recipe.ts';
import { sentenceTraining } from './training.ts';

/** Feature extraction: vectors of tokens and of whole texts. */
export const featureExtractionRow = {
  recipe: featureExtractionRecipe,
  startDefaults: { per_device_train_batch_size: 32 },
  role: 'encoder',
  freeParts: [],
  async prepare(recipe, backend, checkpoint) {
    const base = await runBase(recipe, checkpoint);
    checkEncoderFields(recipe, base);
    const data = await readSentenceData(recipe, base?.folder ?? checkpoint);
    const setup = encoderSetup(recipe, data.tokenizer, base);
    const form = await sentenceForm(recipe, setup, base);
    return taskRun(sentenceTraining(recipe, setup, data, form), recipe.train, backend);
  },
  evaluate: evaluateSentences,
  predictor: sentencePredictor,
} satisfies TaskRow<FeatureExtractionRecipe>;
