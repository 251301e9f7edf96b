import * as z from 'zod';
import { dataFields, readFields, textTokenizer } from '../recipe/data.ts';
import { generationFields } from '../recipe/generation.ts';
import { modelOf } from '../recipe/model.ts';
import {
  bestIsValidated,
  keepsWhatIsAveraged,
  patienceIsValidated,
  trainFields,
  withSavedCheckpoints,
} from '../recipe/train.ts';

/** Share of the training text that validates where no file does. */
const usualShare = 0.1;

const documents = z
  .enum(['text', 'lines'])
  .default('text')
  .describe('what a text is: a whole file, newlines and all, or every line, which then ends with `</s>`');

/** Settings of `data` where a text is evaluated. */
export const textLayout = z.strictObject({ ...readFields, documents });

/** Where running text lies. */
export const textData = z
  .strictObject({
    ...dataFields,
    train: z.string().min(1).describe('a text file; `.gz` is read as it is'),
    validation: z.string().min(1).optional().describe('what eval_loss, early stopping and the best checkpoint look at'),
    test: z.string().min(1).optional().describe('scored once, with the finished weights'),
    validation_share: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe(`of the training text, its end, validates without a file for it; by default ${usualShare}, 0: nothing`),
    documents,
  })
  .refine(({ validation, validation_share: share }) => validation === undefined || !share, {
    path: ['validation_share'],
    error: 'expected none beside a validation file',
  })
  .transform(({ validation_share, ...data }) => ({
    ...data,
    validation_share: validation_share ?? (data.validation === undefined ? usualShare : 0),
  }))
  .describe('text to be continued');

const { max_length: _, ...fields } = trainFields({
  learning_rate: 1e-3,
  lr_scheduler_type: 'cosine',
  label_smoothing_factor: 0,
  adam_beta2: 0.99,
  metrics: ['loss', 'perplexity'],
});

const train = z
  .strictObject({
    ...fields,
    block_size: z.int().min(1).default(128).describe('tokens that the model sees at once in training and evaluation'),
    per_device_train_batch_size: z
      .int()
      .min(1)
      .optional()
      .describe('blocks in a batch; by default as many as max_tokens_per_batch holds'),
  })
  .refine(({ block_size, max_tokens_per_batch }) => block_size <= max_tokens_per_batch, {
    path: ['max_tokens_per_batch'],
    error: 'expected at least block_size',
  })
  .refine(...keepsWhatIsAveraged)
  .transform(withSavedCheckpoints)
  .prefault({});

type Validation = { readonly validation?: string; readonly validation_share: number };

/** Whether some text validates, as the checks that all tasks share ask. */
const validated = <T>({ train, data }: { readonly train: T; readonly data: Validation }) => ({
  train,
  data: { validation: data.validation ?? (data.validation_share > 0 ? data.validation_share : undefined) },
});

/** The form of a recipe for a language model. */
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

/** A checked recipe for a language model, its defaults filled in. */
export type TextGenerationRecipe = z.output<typeof textGenerationRecipe>;
