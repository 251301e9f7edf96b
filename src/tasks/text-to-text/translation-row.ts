import { z } from 'zod';
import { bleuTokenize, textToTextRecipe, textToTextTrainFields } from './recipe.ts';
import { textToTextRow } from './row.ts';

const train = z.strictObject({
  ...textToTextTrainFields(['bleu', 'chrf', 'exact_match']),
  bleu_tokenize: bleuTokenize,
});

/** Translation: a text in one language into another. */
export const translationRow = textToTextRow({
  task: 'translation',
  recipe: textToTextRecipe('translation', train, 'one text into another: a translator'),
  architectures: /MTModel$|ForConditionalGeneration$|Seq2Seq$/,
});
