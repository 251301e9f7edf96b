import { InputError } from '../io/error.ts';
import { accuracy } from './classes/accuracy.ts';
import { corpusF1 } from './classes/f1.ts';
import type { LineNames, Metric, ScoreOptions } from './metric-row.ts';
import { knownName } from './option.ts';
import { corpusRouge } from './rouge/rouge.ts';
import { rougeTokenizers } from './rouge/tokenizer.ts';
import type { Score } from './score.ts';
import { seqeval } from './tags/seqeval.ts';
import { tagSchemes } from './tags/tag-scheme.ts';
import { corpusCer, corpusPer, corpusWer, wordErrorRate } from './text/error-rate.ts';
import { exactMatch } from './text/exact-match.ts';
import { pairSegments } from './text/segment.ts';
import { splitWords } from './text/whitespace.ts';
import { corpusBleu } from './translation/bleu.ts';
import { bleuTokenizers } from './translation/bleu-tokenizer.ts';
import { corpusChrf } from './translation/chrf.ts';
import { corpusTer } from './translation/ter.ts';

/** The lines, lower-cased on request. */
const fold = (lines: readonly string[], { lowercase }: ScoreOptions): readonly string[] =>
  lowercase ? lines.map((line) => line.toLowerCase()) : lines;

/** The row of an error rate with one reference. */
const errorRate = (
  summary: string,
  corpus: (hypotheses: readonly string[], references: readonly string[]) => Score,
): Metric => ({
  summary: `${summary}, 0 is perfect`,
  maxReferences: 1,
  options: ['lowercase'],
  digits: 4,
  score: (hypotheses, [references], options) => corpus(fold(hypotheses, options), fold(references, options)),
});

/** Metrics by their names on the command line. Add a metric only here. */
export const metrics = {
  bleu: {
    summary: 'BLEU (Papineni et al. 2002), 0–100',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['tokenize', 'lowercase'],
    digits: 2,
    score: (hypotheses, references, { tokenize = '13a', lowercase }) => {
      const known = knownName('score bleu', 'tokenize', bleuTokenizers, tokenize);
      return corpusBleu(hypotheses, references, { tokenize: known, lowercase });
    },
  },
  chrf: {
    summary: 'chrF (Popović 2015), with word_order 2 chrF++ (2017), 0–100',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['lowercase', 'word_order'],
    digits: 2,
    score: (hypotheses, references, { lowercase, word_order }) =>
      corpusChrf(hypotheses, references, { lowercase, wordOrder: word_order }),
  },
  ter: {
    summary: 'translation edit rate (Snover et al. 2006), in percent, lower is better; ignores case',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['lowercase'],
    digits: 2,
    score: (hypotheses, references) => corpusTer(hypotheses, references),
  },
  rouge: {
    summary: 'ROUGE-1, -2, -L and -Lsum (Lin 2004), F, 0–1; ignores case; for -Lsum a line is one sentence',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['tokenize', 'lowercase', 'stem'],
    digits: 4,
    score: (hypotheses, references, { tokenize = 'rouge', stem }) => {
      const known = knownName('score rouge', 'tokenize', rougeTokenizers, tokenize);
      return corpusRouge(hypotheses, references, { tokenize: known, stem });
    },
  },
  accuracy: {
    summary: 'share of lines equal to the reference, 0–1',
    maxReferences: 1,
    options: ['lowercase'],
    digits: 4,
    score: (hypotheses, [labels], options) => ({
      name: 'accuracy',
      score: accuracy(fold(hypotheses, options), fold(labels, options)),
    }),
  },
  f1: {
    summary: 'macro F1 of lines that are classes, 0–1',
    maxReferences: 1,
    options: ['lowercase'],
    digits: 4,
    score: (hypotheses, [labels], options) => corpusF1(fold(hypotheses, options), fold(labels, options)),
  },
  exact_match: {
    summary: 'share of lines equal to one of the references, 0–1',
    maxReferences: Number.POSITIVE_INFINITY,
    options: ['lowercase'],
    digits: 4,
    score: (hypotheses, references, options) => ({
      name: 'exact_match',
      score: exactMatch(hypotheses, references, options),
    }),
  },
  seqeval: {
    summary: 'F1 of entities, 0–1; each line holds the tags of a sentence, separated by white space',
    maxReferences: 1,
    options: ['scheme'],
    digits: 4,
    score: (hypotheses, [references], { scheme }, names) =>
      seqeval(hypotheses.map(splitWords), references.map(splitWords), {
        scheme: scheme === undefined ? undefined : knownName('score seqeval', 'scheme', tagSchemes, scheme),
        names: [names.hypotheses, names.references[0]],
      }),
  },
  wer: errorRate('errors per word of the references', corpusWer),
  cer: errorRate('errors per character of the references', corpusCer),
  per: errorRate('errors per phone of the references; phones are separated by white space', corpusPer),
  word_error_rate: {
    summary: 'share of lines that match none of the references, 0–1',
    maxReferences: Number.POSITIVE_INFINITY,
    options: [],
    digits: 4,
    score: (hypotheses, references) => ({ name: 'word_error_rate', score: wordErrorRate(hypotheses, references) }),
  },
} satisfies Record<string, Metric>;

/**
 * Scores lines against reference lines: `heddle score`.
 *
 * `references[j]` holds the lines of the j-th reference file; `names` are those of the files.
 *
 * @throws {InputError} on an unknown metric or tokenizer (with the nearest name), too many references, an option that
 *   the metric does not take, no lines, and unequal line counts.
 */
export function scoreLines(
  metric: string,
  hypotheses: readonly string[],
  references: readonly string[][],
  options: ScoreOptions = {},
  names: LineNames = { hypotheses: 'hypotheses', references: references.map((_, j) => `reference ${j + 1}`) },
): Score {
  const row: Metric = metrics[knownName('score', 'metric', metrics, metric)];
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || value === false || row.options.some((known) => known === option)) continue;
    throw new InputError(`score ${metric}: takes no option ${option}`);
  }
  if (references.length > row.maxReferences) {
    throw new InputError(`score ${metric}: takes at most ${row.maxReferences} reference, got ${references.length}`);
  }
  pairSegments(`score ${metric}`, hypotheses, references);
  return row.score(hypotheses, references, options, names);
}

/** Number of digits printed after the point of a metric. */
export function digitsOf(metric: string): number {
  return metrics[knownName('score', 'metric', metrics, metric)].digits;
}
