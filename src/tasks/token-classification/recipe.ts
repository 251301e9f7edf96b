import * as z from 'zod';
import { type TagSchemeName, tagSchemes } from '../../measure/tags/tag-scheme.ts';
import { modelOf } from '../recipe/model.ts';
import {
  bestIsValidated,
  keepsWhatIsAveraged,
  patienceIsValidated,
  trainFields,
  withSavedCheckpoints,
} from '../recipe/train.ts';
import { taggedData } from './recipe-data.ts';
import { wordTokenizer } from './words/word-tokenizer.ts';

/** Reads spans strictly, where it is asked for. */
export const seqevalScheme = z
  .enum(Object.keys(tagSchemes) as TagSchemeName[])
  .optional()
  .describe('reads spans strictly by this scheme for eval_f1 and test_f1; by default as conlleval does');

const train = z
  .strictObject({
    ...trainFields({
      learning_rate: 1e-3,
      lr_scheduler_type: 'linear',
      label_smoothing_factor: 0,
      adam_beta2: 0.999,
      metrics: ['loss', 'accuracy', 'f1', 'precision', 'recall', 'f1_macro', 'f1_character'],
    }),
    per_device_train_batch_size: z
      .int()
      .min(1)
      .optional()
      .describe('sentences in a batch at most; by default max_tokens_per_batch alone bounds it'),
    word_dropout: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('how often a word is read as an unknown one, so that what unknown words are like is learnt'),
    seqeval_scheme: seqevalScheme,
  })
  .refine(...keepsWhatIsAveraged)
  .transform(withSavedCheckpoints)
  .prefault({});

/** The form of a recipe for a tagger. */
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

/** A checked recipe for a tagger, its defaults filled in. */
export type TokenClassificationRecipe = z.output<typeof tokenClassificationRecipe>;
