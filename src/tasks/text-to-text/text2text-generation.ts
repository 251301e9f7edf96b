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
      .describe('the unit of errors: word gives wer, phone per (phones are separated by blanks), character cer'),
  })
  .refine(
    ({ unit, metric_for_best_model: metric }) => {
      const name = metric.replace(/^eval_/, '');
      return !rates.includes(name) || name === errorRateName(unit);
    },
    { path: ['metric_for_best_model'], error: 'expected the error rate of train.unit, or another score' },
  );

/** Text-to-text generation: pronunciations, normalised spellings, and other texts made from a text. */
export const text2TextGeneration = {
  field: 'generated_text',
  recipe: textToTextRecipe(
    'text2text-generation',
    train,
    'a text that is either right or wrong: a pronunciation, a normalised spelling',
  ),
  scorer: together(exact, errors, chrf),
} as const satisfies TextToTextKind;
