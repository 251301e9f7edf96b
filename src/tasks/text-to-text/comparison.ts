import * as z from 'zod';
import type { TextScore, TextScoreOptions, TextScores } from './score.ts';

/** The part of a recipe that says how outputs are compared with references. */
export type ComparingRecipe = z.output<typeof comparingRecipe>;

/** {@link ComparingRecipe}, as stored in `heddle.json`. */
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

/** How a recipe compares texts: if its targets are lower-cased, case is ignored. */
export function comparisonOf({ tokenizer, train }: ComparingRecipe): TextScoreOptions {
  return {
    tokenize: train?.bleu_tokenize,
    rouge_tokenize: train?.rouge_tokenize,
    unit: train?.unit,
    lowercase: tokenizer?.target?.lowercase ?? tokenizer?.lowercase,
  };
}

/**
 * NFC; if case is ignored, a final sigma is like any other, as in tokenizers that lower-case and in Unicode's case
 * folding.
 */
const form = (texts: readonly string[], lowercase = false): string[] =>
  texts.map((text) => {
    const composed = text.normalize('NFC');
    return lowercase ? composed.toLowerCase().replaceAll('ς', 'σ') : composed;
  });

/**
 * Scores of output texts, with both sides in NFC, the form that tokenizers write. Both a run's own scores and
 * `heddle evaluate` use this function.
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
