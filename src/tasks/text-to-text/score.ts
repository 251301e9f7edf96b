import { knownName } from '../../measure/option.ts';
import { corpusRouge } from '../../measure/rouge/rouge.ts';
import { type RougeTokenizer, rougeTokenizers } from '../../measure/rouge/tokenizer.ts';
import { corpusCer, corpusPer, corpusWer, wordErrorRate } from '../../measure/text/error-rate.ts';
import { exactMatch } from '../../measure/text/exact-match.ts';
import { corpusBleu } from '../../measure/translation/bleu.ts';
import { type BleuTokenizer, bleuTokenizers } from '../../measure/translation/bleu-tokenizer.ts';
import { corpusChrf } from '../../measure/translation/chrf.ts';
import type { Scores } from '../task.ts';

/** Error rates by the unit that is counted; words and phones are separated by blanks. */
const errorRates = {
  word: ['wer', corpusWer],
  phone: ['per', corpusPer],
  character: ['cer', corpusCer],
} as const;

/** What an error rate counts. */
export type ErrorUnit = keyof typeof errorRates;

/** All units of error rates. */
export const errorUnits = Object.keys(errorRates) as readonly ErrorUnit[];

/** The name of the error rate of a unit. */
export const errorRateName = (unit: ErrorUnit): string => errorRates[unit][0];

/** How texts are compared. */
export interface TextScoreOptions {
  /** For BLEU: `13a` (default), `intl`, `char`, `zh` or `none`. */
  readonly tokenize?: string | undefined;
  /** For ROUGE: `unicode` (default), `char`, or the standard's own, `rouge`, which keeps only a–z and 0–9. */
  readonly rouge_tokenize?: string | undefined;
  /** For the error rate: `word` (default), `phone` or `character`. */
  readonly unit?: string | undefined;
  /** Ignores case. Default false. */
  readonly lowercase?: boolean | undefined;
}

/** Scores of texts, and warnings about them. */
export interface TextScores {
  readonly scores: Scores;
  readonly warnings: readonly string[];
}

/** One way to compare outputs with references. */
export interface TextScore {
  /** The options that it takes. */
  readonly options: readonly (keyof TextScoreOptions)[];
  /** The scores for which lower is better; absent if there are none. */
  readonly lowerIsBetter?: readonly string[];
  /** @throws {InputError} for an unknown option, or if the numbers of texts differ. */
  score(hypotheses: readonly string[], references: readonly string[], options: TextScoreOptions): TextScores;
}

/** BLEU with its signature, 0–100. */
export const bleu: TextScore = {
  options: ['tokenize', 'lowercase'],
  score: (hypotheses, references, { tokenize = '13a', lowercase }) => {
    const tokenizer: BleuTokenizer = knownName('evaluate', 'tokenize', bleuTokenizers, tokenize);
    const { score, signature, warnings } = corpusBleu(hypotheses, [references], { tokenize: tokenizer, lowercase });
    return { scores: { bleu: score, bleu_signature: signature }, warnings };
  },
};

/** chrF, 0–100. */
export const chrf: TextScore = {
  options: ['lowercase'],
  score: (hypotheses, references, { lowercase }) => ({
    scores: { chrf: corpusChrf(hypotheses, [references], { lowercase }).score },
    warnings: [],
  }),
};

/** Share of texts that are exactly right, 0–1. */
export const exact: TextScore = {
  options: ['lowercase'],
  score: (hypotheses, references, { lowercase }) => ({
    scores: { exact_match: exactMatch(hypotheses, [references], { lowercase }) },
    warnings: [],
  }),
};

/** ROUGE-1, -2, -L and -Lsum, F, 0–1. Always ignores case. */
export const rouge: TextScore = {
  options: ['rouge_tokenize', 'lowercase'],
  score: (hypotheses, references, { rouge_tokenize = 'unicode' }) => {
    const tokenize: RougeTokenizer = knownName('evaluate', 'rouge_tokenize', rougeTokenizers, rouge_tokenize);
    const { rouge1, rouge2, rougeL, rougeLsum, warnings } = corpusRouge(hypotheses, [references], { tokenize });
    return { scores: { rouge1, rouge2, rougeL, rougeLsum }, warnings };
  },
};

/** Errors per word, phone or character of all references, and the share of texts with an error; 0 is perfect. */
export const errors: TextScore = {
  options: ['unit', 'lowercase'],
  lowerIsBetter: [...errorUnits.map(errorRateName), 'word_error_rate'],
  score: (hypotheses, references, { unit = 'word', lowercase }) => {
    const [name, rate] = errorRates[knownName('evaluate', 'unit', errorRates, unit)];
    const cased = (texts: readonly string[]) => (lowercase ? texts.map((text) => text.toLowerCase()) : texts);
    const [written, given] = [cased(hypotheses), cased(references)];
    const scores = { [name]: rate(written, given).score, word_error_rate: wordErrorRate(written, [given]) };
    return { scores, warnings: [] };
  },
};

/** Combines several ways to compare. */
export const together = (...each: readonly TextScore[]): TextScore => ({
  options: [...new Set(each.flatMap(({ options }) => options))],
  lowerIsBetter: each.flatMap(({ lowerIsBetter = [] }) => lowerIsBetter),
  score: (hypotheses, references, options) => {
    const found = each.map((one) => one.score(hypotheses, references, options));
    return {
      scores: Object.assign({}, ...found.map(({ scores }) => scores)),
      warnings: found.flatMap(({ warnings }) => warnings),
    };
  },
});
