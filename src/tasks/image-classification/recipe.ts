import * as z from 'zod';
import { dataFields } from '../recipe/data.ts';
import { modelOf } from '../recipe/model.ts';
import { bestIsValidated, patienceIsValidated, trainOf } from '../recipe/train.ts';
import { classifierTrain } from '../text-classification/recipe.ts';
import { processorFields } from './image-processor.ts';

const file = z.string().min(1);

/** Images and their labels. */
const entry = z
  .union([z.strictObject({ images: file, labels: file }), z.strictObject({ file })])
  .describe(
    'two IDX files { images, labels }, as MNIST is stored, plain or .gz; or a safetensors file { file } with the tensors pixel_values [count, channels, rows, columns] and labels',
  );

const data = z
  .strictObject({
    ...dataFields,
    train: entry,
    validation: entry.optional().describe('used for eval_loss, early stopping and the best checkpoint'),
    test: entry.optional().describe('scored once, with the final weights'),
    label_names: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'the names of the labels 0, 1, …; by default those of the folder that the model starts from, or LABEL_0 …',
      ),
  })
  .describe('images and their labels');

// Images have one size.
const { max_length: _, pad_to_multiple_of: _padding, max_tokens_per_batch, ...fields } = classifierTrain('images');

/** The schema of a recipe for a classifier of images. */
export const imageClassificationRecipe = z
  .strictObject({
    task: z.literal('image-classification'),
    data,
    image_processor: z
      .strictObject(processorFields)
      .default({})
      .describe(
        'what happens to pixels before the model reads them, saved as preprocessor_config.json; with model.model_name_or_path what differs from the folder’s',
      ),
    model: modelOf('image-classification'),
    train: trainOf(
      z.strictObject({
        ...fields,
        max_tokens_per_batch: max_tokens_per_batch.describe('the most patches in a batch'),
      }),
    ),
  })
  .refine(...patienceIsValidated)
  .refine(...bestIsValidated)
  .describe('one label, several labels or a number for an image');

/** A checked recipe for a classifier of images, with its defaults filled in. */
export type ImageClassificationRecipe = z.output<typeof imageClassificationRecipe>;
