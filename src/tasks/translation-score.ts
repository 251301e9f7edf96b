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
  readonly bleu: number;
  readonly bleu_signature: string;
  readonly chrf: number;
  readonly exact_match: number;
  readonly warnings: readonly string[];
}

/** @throws {InputError} for an unknown tokenizer, or unequal numbers of texts. */
export function translationScores(
  hypotheses: readonly string[],
  references: readonly string[],
  { tokenize = '13a', lowercase = false }: TextScoreOptions = {},
): TranslationScores {
  const tokenizer: BleuTokenizer = knownName('evaluate', 'tokenize', bleuTokenizers, tokenize);
  const found = corpusBleu(hypotheses, [references], { tokenize: tokenizer, lowercase });
  return {
    bleu: found.score,
    bleu_signature: found.signature,
    chrf: corpusChrf(hypotheses, [references], { lowercase }).score,
    exact_match: exactMatch(hypotheses, [references], { lowercase }),
    warnings: found.warnings,
  };
}
