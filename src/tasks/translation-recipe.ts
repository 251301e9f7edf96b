import { z } from 'zod';
import { type BleuTokenizer, bleuTokenizers } from '../measure/bleu-tokenizer.ts';
import { parallelData, tokenizer } from './recipe-data.ts';
import { generation } from './recipe-generation.ts';
import { model } from './recipe-model.ts';
import {
  bestIsValidated,
  keepsWhatIsAveraged,
  patienceIsValidated,
  trainFields,
  withSavedCheckpoints,
} from './recipe-train.ts';

const train = z
  .strictObject({
    ...trainFields({
      learning_rate: 5e-4,
      lr_scheduler_type: 'inverse_sqrt',
      warmup_steps: 1000,
      label_smoothing_factor: 0.1,
      adam_beta2: 0.98,
      metrics: ['loss', 'bleu', 'chrf', 'exact_match'],
    }),
    predict_with_generate: z.boolean().default(true).describe('evaluations also generate, for the scores of texts'),
    generation_num_beams: z
      .int()
      .min(1)
      .default(1)
      .describe('beams of an evaluation; generation.num_beams are for the end'),
    bleu_tokenize: z
      .enum(Object.keys(bleuTokenizers) as BleuTokenizer[])
      .default('13a')
      .describe('how eval_bleu and test_bleu cut texts into words; none for text that is tokenised'),
  })
  .refine(...keepsWhatIsAveraged)
  .refine((chosen) => chosen.predict_with_generate || chosen.metric_for_best_model === 'eval_loss', {
    path: ['metric_for_best_model'],
    error: 'expected eval_loss, the only score without predict_with_generate',
  })
  .transform(withSavedCheckpoints)
  .prefault({});

/** The form of a recipe for a translator. */
export const translationRecipe = z
  .strictObject({ task: z.literal('translation'), data: parallelData, tokenizer, model, train, generation })
  .refine(...patienceIsValidated)
  .refine(...bestIsValidated)
  .describe('one text into another: a translator');

/** A checked recipe for a translator, its defaults filled in. */
export type TranslationRecipe = z.output<typeof translationRecipe>;
