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
      'how ROUGE cuts texts: unicode into words of any script, char into characters, rouge as the standard, which drops all but a–z and 0–9 and so every Hangul',
    ),
  bleu_tokenize: bleuTokenize,
});

/** Summarization: a text into a shorter one. */
export const summarization = {
  field: 'summary_text',
  recipe: textToTextRecipe('summarization', train, 'a text into what matters of it: summaries, headlines'),
  architectures: /ForConditionalGeneration$/,
  scorer: together(rouge, bleu, chrf, exact),
} as const satisfies TextToTextKind;
