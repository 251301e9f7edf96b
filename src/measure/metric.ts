import { InputError } from '../io/error.ts';
import { accuracy } from './accuracy.ts';
import { corpusBleu } from './bleu.ts';
import { bleuTokenizers } from './bleu-tokenizer.ts';
import { corpusChrf } from './chrf.ts';
import { exactMatch } from './exact-match.ts';
import { knownName } from './option.ts';
import type { Score } from './score.ts';
import { pairSegments } from './segment.ts';
import { corpusTer } from './ter.ts';

/** What `heddle score` can be told beside the files. */
export interface ScoreOptions {
  readonly tokenize?: string;
  readonly lowercase?: boolean;
}

/** One row: everything the command line needs to know about a metric. */
export interface Metric {
  /** One line for the help text. */
  readonly summary: string;
  /** Most reference files it takes. */
  readonly maxReferences: number;
  /** The options it takes. */
  readonly options: readonly (keyof ScoreOptions)[];
  readonly score: (hypotheses: readonly string[], references: readonly string[][], options: ScoreOptions) => Score;
}

const lower = (lines: readonly string[]): string[] => lines.map((line) => line.toLowerCase());

/** Metrics by the name the command line knows. A metric is added here and nowhere else. */
export const metrics = {
  bleu: {
    summary: 'BLEU (Papineni et al. 2002), 0–100',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['tokenize', 'lowercase'],
    score: (hypotheses, references, { tokenize = '13a', lowercase }) => {
      const known = knownName('score bleu', 'tokenize', bleuTokenizers, tokenize);
      return corpusBleu(hypotheses, references, { tokenize: known, lowercase });
    },
  },
  chrf: {
    summary: 'chrF (Popović 2015), 0–100',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['lowercase'],
    score: (hypotheses, references, { lowercase }) => corpusChrf(hypotheses, references, { lowercase }),
  },
  ter: {
    summary: 'translation edit rate (Snover et al. 2006), in percent, lower is better; ignores case',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['lowercase'],
    score: (hypotheses, references) => corpusTer(hypotheses, references),
  },
  accuracy: {
    summary: 'share of lines that are the reference, 0–1',
    maxReferences: 1,
    options: ['lowercase'],
    score: (hypotheses, [labels], { lowercase }) => ({
      name: 'accuracy',
      score: lowercase ? accuracy(lower(hypotheses), lower(labels)) : accuracy(hypotheses, labels),
    }),
  },
  exact_match: {
    summary: 'share of lines that are one of the references, 0–1',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['lowercase'],
    score: (hypotheses, references, options) => ({
      name: 'exact_match',
      score: exactMatch(hypotheses, references, options),
    }),
  },
} satisfies Record<string, Metric>;

/**
 * Scores lines against reference lines: `heddle score`.
 *
 * `references[j]` holds the lines of the j-th reference file.
 *
 * @throws {InputError} on an unknown metric or tokenizer (with the nearest name), an option or more references than
 * the metric takes, no lines, and line counts that differ.
 */
export function scoreLines(
  metric: string,
  hypotheses: readonly string[],
  references: readonly string[][],
  options: ScoreOptions = {},
): Score {
  const row: Metric = metrics[knownName('score', 'metric', metrics, metric)];
  for (const option of ['tokenize', 'lowercase'] as const) {
    if (options[option] === undefined || options[option] === false || row.options.includes(option)) continue;
    throw new InputError(`score ${metric}: takes no option ${option}, got "${options[option]}"`);
  }
  if (references.length > row.maxReferences) {
    throw new InputError(`score ${metric}: takes at most ${row.maxReferences} reference, got ${references.length}`);
  }
  pairSegments(`score ${metric}`, hypotheses, references);
  return row.score(hypotheses, references, options);
}
