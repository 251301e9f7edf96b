import * as z from 'zod';
import type { TextToTextKind } from './kind.ts';
import { textToTextRecipe, textToTextTrainFields } from './recipe.ts';
import { chrf, errorRateName, errors, errorUnits, exact, together } from './score.ts';

const rates = errorUnits.map(errorRateName);

const train = z
  .strictObject({
    ...textToTextTrainFields(['exact_match', ...rates, 'word_error_rate', 'chrf']),
    unit: z
      .enum(errorUnits)
      .default('word')
      .describe('what errors are counted in: word gives wer, phone per (blanks stand between phones), character cer'),
  })
  .refine(
    ({ unit, metric_for_best_model: metric }) => {
      const name = metric.replace(/^eval_/, '');
      return !rates.includes(name) || name === errorRateName(unit);
    },
    { path: ['metric_for_best_model'], error: 'expected the error rate of train.unit, or another score' },
  );

/** Text-to-text generation: pronunciations, normalised spellings, whatever else a text becomes. */
export const text2TextGeneration = {
  field: 'generated_text',
  recipe: textToTextRecipe(
    'text2text-generation',
    train,
    'a text into another that is right or wrong: its pronunciation, its normal spelling',
  ),
  architectures: /ForConditionalGeneration$/,
  scorer: together(exact, errors, chrf),
} as const satisfies TextToTextKind;
