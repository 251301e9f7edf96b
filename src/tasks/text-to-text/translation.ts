import * as z from 'zod';
import type { TextToTextKind } from './kind.ts';
import { bleuTokenize, textToTextRecipe, textToTextTrainFields } from './recipe.ts';
import { bleu, chrf, exact, together } from './score.ts';

const train = z.strictObject({
  ...textToTextTrainFields(['bleu', 'chrf', 'exact_match']),
  bleu_tokenize: bleuTokenize,
});

/** Translation: from a text in one language to another language. */
export const translation = {
  field: 'translation_text',
  recipe: textToTextRecipe('translation', train, 'a translation: from one language to another'),
  scorer: together(bleu, chrf, exact),
} as const satisfies TextToTextKind;
