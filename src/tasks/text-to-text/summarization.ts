import * as z from 'zod';
import { rougeTypes } from '../../measure/rouge/rouge.ts';
import { type RougeTokenizer, rougeTokenizers } from '../../measure/rouge/tokenizer.ts';
import type { TextToTextKind } from './kind.ts';
import { bleuTokenize, textToTextRecipe, textToTextTrainFields } from './recipe.ts';
import { bleu, chrf, exact, rouge, together } from './score.ts';

const train = z.strictObject({
  ...textToTextTrainFields([...rougeTypes, 'bleu', 'chrf', 'exact_match']),
  rouge_tokenize: z
    .enum(Object.keys(rougeTokenizers) as RougeTokenizer[])
    .default('unicode')
    .describe(
      'how ROUGE splits texts: unicode into words of any script, char into characters, rouge as in the standard, which keeps only a–z and 0–9 and so drops all Hangul',
    ),
  bleu_tokenize: bleuTokenize,
});

/** Summarization: from a text to a shorter one. */
export const summarization = {
  field: 'summary_text',
  recipe: textToTextRecipe('summarization', train, 'a shorter version of a text: summaries, headlines'),
  scorer: together(rouge, bleu, chrf, exact),
} as const satisfies TextToTextKind;
