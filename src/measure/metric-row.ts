import type { Score } from './score.ts';

/** Options of `heddle score`. */
export interface ScoreOptions {
  readonly tokenize?: string | undefined;
  readonly lowercase?: boolean | undefined;
  readonly stem?: boolean | undefined;
  /** Highest order of word n-grams in chrF: 0 without words, 2 for chrF++. */
  readonly word_order?: number | undefined;
  /** The scheme by which tags are read strictly. */
  readonly scheme?: string | undefined;
}

/** Names of the two files, for errors. */
export interface LineNames {
  readonly hypotheses: string;
  readonly references: readonly string[];
}

/** One row: everything that the command line needs to know about a metric. */
export interface Metric {
  /** One line for the help text. */
  readonly summary: string;
  /** Maximum number of reference files. */
  readonly maxReferences: number;
  /** Its options. */
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
