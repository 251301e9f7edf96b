import * as z from 'zod';
import { dataFields, readFields, textTokenizer } from '../recipe/data.ts';
import { generationFields } from '../recipe/generation.ts';
import { modelOf } from '../recipe/model.ts';
import { bestIsValidated, patienceIsValidated, trainFields, trainOf } from '../recipe/train.ts';

/** The share of the training text that is used for validation if there is no validation file. */
const usualShare = 0.1;

const documents = z
  .enum(['text', 'lines'])
  .default('text')
  .describe('what counts as a text: a whole file, including newlines, or each line, which then ends with `</s>`');

/** Settings of `data` for evaluating a text. */
export const textLayout = z.strictObject({ ...readFields, documents });

/** The files of running text. */
export const textData = z
  .strictObject({
    ...dataFields,
    train: z.string().min(1).describe('a text file, plain or `.gz`'),
    validation: z.string().min(1).optional().describe('used for eval_loss, early stopping and the best checkpoint'),
    test: z.string().min(1).optional().describe('scored once, with the final weights'),
    validation_share: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe(
        `share of the training text, at its end, used for validation if there is no validation file; by default ${usualShare}; 0: none`,
      ),
    documents,
  })
  .refine(({ validation, validation_share: share }) => validation === undefined || !share, {
    path: ['validation_share'],
    error: 'expected none with a validation file',
  })
  .transform(({ validation_share, ...data }) => ({
    ...data,
    validation_share: validation_share ?? (data.validation === undefined ? usualShare : 0),
  }))
  .describe('running text to learn from');

const { max_length: _, ...fields } = trainFields({
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
        .describe('blocks in a batch; by default as many as fit into max_tokens_per_batch'),
    })
    .refine(({ block_size, max_tokens_per_batch }) => block_size <= max_tokens_per_batch, {
      path: ['max_tokens_per_batch'],
      error: 'expected at least block_size',
    }),
);

type Validation = { readonly validation?: string; readonly validation_share: number };

/** Whether there is validation text, for the checks that all tasks share. */
const validated = <T>({ train, data }: { readonly train: T; readonly data: Validation }) => ({
  train,
  data: { validation: data.validation ?? (data.validation_share > 0 ? data.validation_share : undefined) },
});

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
  .refine((recipe) => patienceIsValidated[0](validated(recipe)), patienceIsValidated[1])
  .refine((recipe) => bestIsValidated[0](validated(recipe)), bestIsValidated[1])
  .describe('the continuation of a text: a language model');

/** A checked recipe for a language model, with its defaults filled in. */
export type TextGenerationRecipe = z.output<typeof textGenerationRecipe>;
