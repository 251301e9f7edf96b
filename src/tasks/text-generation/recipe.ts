import * as z from 'zod';
import { textTokenizer } from '../recipe/data.ts';
import { generationFields } from '../recipe/generation.ts';
import { modelOf } from '../recipe/model.ts';
import { checkValidated, runningText } from '../recipe/running-text.ts';
import { smallBatch, trainFields, trainOf } from '../recipe/train.ts';

/** The files of running text. */
export const textData = runningText(
  'what counts as a text: a whole file, including newlines, or each line, which then ends with `</s>`',
);

// Blocks have one length.
const {
  max_length: _,
  pad_to_multiple_of: _padding,
  ...fields
} = trainFields({
  learning_rate: 1e-3,
  lr_scheduler_type: 'cosine',
  label_smoothing_factor: 0,
  adam_beta2: 0.99,
  metrics: ['loss', 'perplexity'],
});

const train = trainOf(
  z
    .strictObject({
      ...fields,
      block_size: z.int().min(1).default(128).describe('tokens that the model sees at once in training and evaluation'),
      per_device_train_batch_size: z
        .int()
        .min(1)
        .optional()
        .describe(
          'blocks in a batch of the training; by default as many as fit into max_tokens_per_batch, as in evaluations',
        ),
    })
    .refine(
      ({ block_size, max_tokens_per_batch, per_device_train_batch_size: blocks }) =>
        blocks !== undefined || block_size <= max_tokens_per_batch,
      smallBatch('block_size'),
    ),
);

/** The schema of a recipe for a language model. */
export const textGenerationRecipe = z
  .strictObject({
    task: z.literal('text-generation'),
    data: textData,
    tokenizer: textTokenizer,
    model: modelOf('causal'),
    train,
    generation: generationFields(1),
  })
  .superRefine(checkValidated)
  .describe('the continuation of a text: a language model');

/** A checked recipe for a language model, with its defaults filled in. */
export type TextGenerationRecipe = z.output<typeof textGenerationRecipe>;
