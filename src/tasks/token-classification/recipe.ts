import * as z from 'zod';
import { type TagSchemeName, tagSchemes } from '../../measure/tags/tag-scheme.ts';
import { modelOf } from '../recipe/model.ts';
import { bestIsValidated, patienceIsValidated, samplesPerBatch, trainFields, trainOf } from '../recipe/train.ts';
import { isUsableRate, usableRates } from '../run/dropout-field.ts';
import { taggedData } from './recipe-data.ts';
import { wordTokenizer } from './words/word-tokenizer.ts';

/** Makes the reading of spans strict. */
export const seqevalScheme = z
  .enum(Object.keys(tagSchemes) as TagSchemeName[])
  .optional()
  .describe('read spans strictly by this scheme for eval_f1 and test_f1; by default as conlleval does');

const train = trainOf(
  z.strictObject({
    ...trainFields({
      learning_rate: 1e-3,
      lr_scheduler_type: 'linear',
      label_smoothing_factor: 0,
      adam_beta2: 0.999,
      metrics: ['loss', 'accuracy', 'f1', 'precision', 'recall', 'f1_macro', 'f1_character'],
    }),
    ...samplesPerBatch('sentences'),
    word_dropout: z
      .number()
      .min(0)
      .lt(1)
      .refine(isUsableRate, { error: usableRates('a word') })
      .default(0)
      .describe(
        'probability that every token of a training word is replaced by the unknown token, or by the mask token of a tokenizer without one, so that the model learns to handle unknown words',
      ),
    seqeval_scheme: seqevalScheme,
  }),
);

/** The schema of a recipe for a tagger. */
export const tokenClassificationRecipe = z
  .strictObject({
    task: z.literal('token-classification'),
    data: taggedData,
    tokenizer: wordTokenizer,
    model: modelOf('token-classification'),
    train,
  })
  .refine(...patienceIsValidated)
  .refine(...bestIsValidated)
  .describe('a tag for every word: parts of speech, named entities');

/** A checked recipe for a tagger, with its defaults filled in. */
export type TokenClassificationRecipe = z.output<typeof tokenClassificationRecipe>;
