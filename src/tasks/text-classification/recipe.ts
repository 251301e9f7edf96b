import * as z from 'zod';
import { labelledData, textTokenizer } from '../recipe/data.ts';
import { modelOf } from '../recipe/model.ts';
import { bestIsValidated, patienceIsValidated, samplesPerBatch, trainFields, trainOf } from '../recipe/train.ts';

/** The fields of `train` for every classifier. `samples`: what a batch holds. */
export const classifierTrain = (samples: string) => ({
  ...trainFields({
    learning_rate: 1e-3,
    lr_scheduler_type: 'linear',
    label_smoothing_factor: 0,
    adam_beta2: 0.999,
    metrics: ['loss', 'accuracy', 'f1', 'f1_micro', 'f1_weighted', 'exact_match', 'mse', 'mae', 'pearson', 'spearman'],
  }),
  ...samplesPerBatch(samples),
  balanced_sampling: z
    .boolean()
    .default(false)
    .describe(`whether an epoch has equally many ${samples} of every label, those of rare labels several times`),
  class_weights: z
    .union([z.literal('balanced'), z.array(z.number().min(0)).min(1)])
    .optional()
    .describe('weights of the labels in the loss, in order; balanced: inverse to their frequency in training'),
});

/** The schema of a recipe for a text classifier. */
export const textClassificationRecipe = z
  .strictObject({
    task: z.literal('text-classification'),
    data: labelledData,
    tokenizer: textTokenizer,
    model: modelOf('sequence-classification'),
    train: trainOf(z.strictObject(classifierTrain('texts'))),
  })
  .refine(...patienceIsValidated)
  .refine(...bestIsValidated)
  .describe('one label, several labels or a number for a whole text: sentiment, intent, topic');

/** A checked recipe for a text classifier, with its defaults filled in. */
export type TextClassificationRecipe = z.output<typeof textClassificationRecipe>;
