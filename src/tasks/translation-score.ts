import { corpusBleu } from '../measure/bleu.ts';
import { type BleuTokenizer, bleuTokenizers } from '../measure/bleu-tokenizer.ts';
import { corpusChrf } from '../measure/chrf.ts';
import { exactMatch } from '../measure/exact-match.ts';
import { knownName } from '../measure/option.ts';

/** How texts are compared. */
export interface TextScoreOptions {
  /** For BLEU: `13a` (default), `intl`, `char`, `zh` or `none`. */
  readonly tokenize?: string;
  /** Ignores case. Default false. */
  readonly lowercase?: boolean;
}

/** Scores of translations: BLEU and chrF 0–100, exact match 0–1. */
export interface TranslationScores {
  readonly eval_bleu: number;
  readonly eval_bleu_signature: string;
  readonly eval_chrf: number;
  readonly eval_exact_match: number;
  readonly warnings: readonly string[];
}

/** @throws {InputError} for an unknown tokenizer, or unequal numbers of texts. */
export function translationScores(
  hypotheses: readonly string[],
  references: readonly string[],
  { tokenize = '13a', lowercase = false }: TextScoreOptions = {},
): TranslationScores {
  const tokenizer: BleuTokenizer = knownName('evaluate', 'tokenize', bleuTokenizers, tokenize);
  const bleu = corpusBleu(hypotheses, [references], { tokenize: tokenizer, lowercase });
  return {
    eval_bleu: bleu.score,
    eval_bleu_signature: bleu.signature,
    eval_chrf: corpusChrf(hypotheses, [references], { lowercase }).score,
    eval_exact_match: exactMatch(hypotheses, [references], { lowercase }),
    warnings: bleu.warnings,
  };
}
