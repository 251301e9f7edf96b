import * as z from 'zod';
import type { TextScore, TextScoreOptions, TextScores } from './score.ts';

/** What of a recipe says how the texts of its model are compared with what is right. */
export type ComparingRecipe = z.output<typeof comparingRecipe>;

/** {@link ComparingRecipe}, as `heddle.json` holds it. */
export const comparingRecipe = z.looseObject({
  tokenizer: z
    .looseObject({
      lowercase: z.boolean().optional(),
      target: z.looseObject({ lowercase: z.boolean().optional() }).optional(),
    })
    .optional(),
  train: z
    .looseObject({
      bleu_tokenize: z.string().optional(),
      rouge_tokenize: z.string().optional(),
      unit: z.string().optional(),
    })
    .optional(),
});

/** How a recipe compares texts: a model whose targets are lower-cased is scored without case. */
export function comparisonOf({ tokenizer, train }: ComparingRecipe): TextScoreOptions {
  return {
    tokenize: train?.bleu_tokenize,
    rouge_tokenize: train?.rouge_tokenize,
    unit: train?.unit,
    lowercase: tokenizer?.target?.lowercase ?? tokenizer?.lowercase,
  };
}

/** NFC; without case a final sigma is any other, as in the tokenizers that lower-case and in Unicode's case folding. */
const form = (texts: readonly string[], lowercase = false): string[] =>
  texts.map((text) => {
    const composed = text.normalize('NFC');
    return lowercase ? composed.toLowerCase().replaceAll('ς', 'σ') : composed;
  });

/**
 * Scores of written texts, both sides in NFC, which tokenizers write: the one way of a run's own scores and of
 * `heddle evaluate`.
 *
 * @throws {InputError} as `TextScore.score`.
 */
export const compareTexts = (
  scorer: TextScore,
  hypotheses: readonly string[],
  references: readonly string[],
  comparison: TextScoreOptions,
): TextScores =>
  scorer.score(form(hypotheses, comparison.lowercase), form(references, comparison.lowercase), comparison);
