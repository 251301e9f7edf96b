import * as z from 'zod';
import type { RougeTokenizer } from '../../measure/rouge/tokenizer.ts';
import { type BleuTokenizer, bleuTokenizers } from '../../measure/translation/bleu-tokenizer.ts';
import { generation } from '../recipe/generation.ts';
import { modelOf } from '../recipe/model.ts';
import { bestIsValidated, patienceIsValidated, trainFields, trainOf } from '../recipe/train.ts';
import { parallelData } from './recipe-pair.ts';
import { tokenizerPair } from './recipe-tokenizer-pair.ts';
import type { ErrorUnit } from './score.ts';

/** The fields of `train` that all tasks from texts to texts have; `metrics` are their scores. */
export const textToTextTrainFields = (metrics: readonly string[]) => ({
  ...trainFields({
    learning_rate: 5e-4,
    lr_scheduler_type: 'inverse_sqrt',
    label_smoothing_factor: 0.1,
    adam_beta2: 0.98,
    metrics: ['loss', ...metrics],
  }),
  predict_with_generate: z.boolean().default(true).describe('evaluations also generate texts and score them'),
  generation_num_beams: z
    .int()
    .min(1)
    .default(1)
    .describe('beams in evaluations during training; the final scores use generation.num_beams'),
});

/** How BLEU tokenizes, for tasks scored by it. */
export const bleuTokenize = z
  .enum(Object.keys(bleuTokenizers) as BleuTokenizer[])
  .default('13a')
  .describe('how eval_bleu and test_bleu split texts into words; none: at blanks, for tokenised text');

/** `train`, with the options of its scores in tasks that have them. */
export type TextToTextTrain = z.output<z.ZodObject<ReturnType<typeof textToTextTrainFields>>> & {
  readonly bleu_tokenize?: BleuTokenizer;
  readonly rouge_tokenize?: RougeTokenizer;
  readonly unit?: ErrorUnit;
};

/** The schema of a recipe for a task from texts to texts. */
export const textToTextRecipe = <T extends string, A extends TextToTextTrain>(
  task: T,
  train: z.ZodType<A>,
  about: string,
) =>
  z
    .strictObject({
      task: z.literal(task),
      data: parallelData,
      tokenizer: tokenizerPair,
      model: modelOf('sequence-to-sequence'),
      train: trainOf(
        train.refine((chosen) => chosen.predict_with_generate || chosen.metric_for_best_model === 'eval_loss', {
          path: ['metric_for_best_model'],
          error: 'expected eval_loss, the only score without predict_with_generate',
        }),
      ),
      generation,
    })
    .refine(({ train: { generation_num_beams }, generation }) => !generation.do_sample || generation_num_beams === 1, {
      path: ['train', 'generation_num_beams'],
      error: 'expected 1 with generation.do_sample',
    })
    .refine(...patienceIsValidated)
    .refine(...bestIsValidated)
    .describe(about);

/** A checked recipe of any task from texts to texts, with its defaults filled in. */
export type TextToTextRecipe = z.output<ReturnType<typeof textToTextRecipe<string, TextToTextTrain>>>;
