import * as z from 'zod';
import { dataFields, place, readFields, tableFields, textTokenizer } from '../recipe/data.ts';
import { modelOf } from '../recipe/model.ts';
import { bestIsValidated, patienceIsValidated, samplesPerBatch, trainFields, trainOf } from '../recipe/train.ts';
import { type PoolingMode, poolingModeNames } from './pooling-mode.ts';

const sentenceFields = {
  ...tableFields,
  columns: z
    .strictObject({
      text: place,
      text_pair: place.optional().describe('a text that belongs to the first: an answer, a paraphrase, a translation'),
      label: place.optional().describe('what texts of the same meaning share'),
    })
    .refine(({ text_pair, label }) => (text_pair === undefined) !== (label === undefined), {
      error: 'expected text_pair or label besides text',
    }),
};

/** A table with two texts, or a text and its label, in each row. */
const sentenceTable = z
  .strictObject({ file: z.string().min(1), ...sentenceFields })
  .describe(
    'a table { file, columns: { text, text_pair } } of texts that belong together, or { text, label }, CSV, TSV or JSON lines; columns by name or number, from 0; format, header and delimiter if they do not follow from the file name and the columns',
  );

/** The files of texts that belong together. */
export const sentenceData = z
  .strictObject({
    ...dataFields,
    train: sentenceTable,
    validation: sentenceTable.optional().describe('used for eval_loss, early stopping and the best checkpoint'),
    test: sentenceTable.optional().describe('scored once, with the final weights'),
  })
  .describe('pairs of texts that belong together, or texts with labels');

/** Settings of `data` for evaluating a table. */
export const sentenceLayout = z.strictObject({ ...readFields, ...sentenceFields });

/** How a model makes one vector of a text. */
export const embeddingPart = z
  .strictObject({
    pooling: z
      .enum(poolingModeNames as [PoolingMode, ...PoolingMode[]])
      .optional()
      .describe(
        'how the vectors of a text’s tokens become one; by default as in modules.json of the folder to start from, else mean',
      ),
    normalize: z
      .boolean()
      .optional()
      .describe('whether vectors have length 1; by default as in modules.json of the folder to start from, else true'),
  })
  .describe('how a text becomes one vector; written to modules.json, which sentence-transformers reads');

/** The fields of `train` that say how texts are compared. */
export const rankingFields = {
  scale: z
    .number()
    .positive()
    .default(20)
    .describe('what cosine similarities are multiplied by in the loss, the inverse of a temperature'),
  symmetric: z
    .boolean()
    .default(false)
    .describe('whether the loss also ranks first texts for second ones; the mean of both directions'),
};

const { label_smoothing_factor: _, ...fields } = trainFields({
  learning_rate: 5e-4,
  lr_scheduler_type: 'linear',
  label_smoothing_factor: 0,
  adam_beta2: 0.999,
  metrics: ['loss', 'recall_at_1', 'mrr', 'accuracy'],
});

const train = trainOf(
  z.strictObject({
    ...fields,
    ...samplesPerBatch('pairs'),
    ...rankingFields,
    shards: z
      .literal(1)
      .default(1)
      .describe('parts of a batch that are computed in parallel: 1, because every pair is compared with all others'),
  }),
);

/** The schema of a recipe for sentence embeddings. */
export const featureExtractionRecipe = z
  .strictObject({
    task: z.literal('feature-extraction'),
    data: sentenceData,
    tokenizer: textTokenizer,
    model: modelOf('encoder'),
    embedding: embeddingPart.prefault({}),
    train,
  })
  .refine(...patienceIsValidated)
  .refine(...bestIsValidated)
  .describe('vectors of texts, near each other if the texts belong together: search, similarity, clusters');

/** A checked recipe for sentence embeddings, with its defaults filled in. */
export type FeatureExtractionRecipe = z.output<typeof featureExtractionRecipe>;
