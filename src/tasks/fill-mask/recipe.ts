import * as z from 'zod';
import { textTokenizer } from '../recipe/data.ts';
import { modelOf } from '../recipe/model.ts';
import { checkValidated, runningText } from '../recipe/running-text.ts';
import { samplesPerBatch, seed, smallBatch, trainFields, trainOf } from '../recipe/train.ts';

/** The files of running text. */
export const maskedData = runningText('what counts as a text: a whole file, including newlines, or each line');

/** The fields of `train` that say how texts are cut and hidden. */
export const windowFields = {
  max_length: z
    .int()
    .min(2)
    .default(128)
    .describe('tokens that the model sees at once, special tokens included; longer texts are divided'),
  mlm_probability: z.number().gt(0).lt(1).default(0.15).describe('probability that a token is to be predicted'),
  seed,
};

const train = trainOf(
  z
    .strictObject({
      ...trainFields({
        learning_rate: 5e-4,
        lr_scheduler_type: 'linear',
        label_smoothing_factor: 0,
        adam_beta2: 0.999,
        metrics: ['loss', 'accuracy', 'perplexity'],
      }),
      ...windowFields,
      ...samplesPerBatch('windows'),
    })
    .refine(({ max_length, max_tokens_per_batch }) => max_length <= max_tokens_per_batch, smallBatch('max_length')),
);

/** The schema of a recipe for a masked language model. */
export const fillMaskRecipe = z
  .strictObject({
    task: z.literal('fill-mask'),
    data: maskedData,
    tokenizer: textTokenizer,
    model: modelOf('masked-lm'),
    train,
  })
  .superRefine(checkValidated)
  .describe('the hidden words of a text: a masked language model');

/** A checked recipe for a masked language model, with its defaults filled in. */
export type FillMaskRecipe = z.output<typeof fillMaskRecipe>;
