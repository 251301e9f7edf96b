import type { Score } from './score.ts';

/** Options of `heddle score`. */
export interface ScoreOptions {
  readonly tokenize?: string;
  readonly lowercase?: boolean;
  readonly stem?: boolean;
  /** Highest order of word n-grams in chrF: 0 without words, 2 for chrF++. */
  readonly word_order?: number;
  /** How tags are to be read strictly. */
  readonly scheme?: string;
}

/** What the lines come from, as errors call it: two files. */
export interface LineNames {
  readonly hypotheses: string;
  readonly references: readonly string[];
}

/** One row: everything the command line needs to know about a metric. */
export interface Metric {
  /** One line for the help text. */
  readonly summary: string;
  /** Most reference files it takes. */
  readonly maxReferences: number;
  /** The options it takes. */
  readonly options: readonly (keyof ScoreOptions)[];
  /** Digits printed after the point. */
  readonly digits: number;
  readonly score: (
    hypotheses: readonly string[],
    references: readonly string[][],
    options: ScoreOptions,
    names: LineNames,
  ) => Score;
}
