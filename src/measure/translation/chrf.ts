import { InputError } from '../../io/error.ts';
import { checkInteger } from '../option.ts';
import { formatSignature, type Score } from '../score.ts';
import { clippedMatches, countNgrams, type NgramCounts, totalCount } from '../text/ngram.ts';
import { pairSegments, type ReferenceStreams } from '../text/segment.ts';
import { splitWords } from '../text/whitespace.ts';

export interface ChrfOptions {
  /** Highest order of character n-grams. Default 6. */
  readonly charOrder?: number | undefined;
  /** Highest order of word n-grams: 0 is chrF (default), 2 is chrF++. */
  readonly wordOrder?: number | undefined;
  /** How many times recall weighs precision. Default 2. */
  readonly beta?: number | undefined;
  /** Lower-cases hypotheses and references first. Default false. */
  readonly lowercase?: boolean | undefined;
  /** Keeps white space within character n-grams. Default false. */
  readonly whitespace?: boolean | undefined;
  /** Averages F over all orders, with 1e-16 for undefined ones, as chrF++.py, NLTK and Moses do. Default false. */
  readonly epsSmoothing?: boolean | undefined;
}

export interface ChrfScore extends Score {
  readonly charOrder: number;
  readonly wordOrder: number;
  readonly beta: number;
  readonly signature: string;
}

/**
 * chrF of a corpus, 0–100: the F score of character n-grams, and of word n-grams in chrF++ (`wordOrder: 2`).
 *
 * (1 + β²) · P · R / (β² · P + R), with P and R averaged over the orders that both sides have. Characters are Unicode
 * code points. `references[j][i]` is the j-th reference of segment i, null if there is none; of several references the
 * one with the best F counts. Numbers equal sacreBLEU's.
 *
 * Source: Popović 2015 (chrF), 2017 (chrF++); Post 2018 (sacreBLEU 2.6).
 * @throws {InputError} on unequal lengths, no segments, a segment without reference, orders or beta out of range.
 */
export function corpusChrf(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  options: ChrfOptions = {},
): ChrfScore {
  const {
    charOrder = 6,
    wordOrder = 0,
    beta = 2,
    lowercase = false,
    whitespace = false,
    epsSmoothing = false,
  } = options;
  const settings: Settings = { charOrder, wordOrder, beta, lowercase, whitespace, epsSmoothing };
  checkInteger('chrf', 'charOrder', charOrder, 1);
  checkInteger('chrf', 'wordOrder', wordOrder, 0);
  if (!(Number.isFinite(beta) && beta > 0)) throw new InputError(`chrf: beta must be a number above 0, got ${beta}`);
  const { segments, nrefs } = pairSegments('chrf', hypotheses, references);

  const sum = Array.from({ length: charOrder + wordOrder }, (): Match => ({ hypothesis: 0, reference: 0, match: 0 }));
  for (const segment of segments) {
    const grams = extractNgrams(segment.hypothesis, settings);
    const candidates = segment.references.map((text) => matchNgrams(grams, extractNgrams(text, settings)));
    best(candidates, (matches) => fScore(matches, settings)).forEach((match, n) => {
      sum[n].hypothesis += match.hypothesis;
      sum[n].reference += match.reference;
      sum[n].match += match.match;
    });
  }
  return {
    name: `chrF${beta}${'+'.repeat(wordOrder)}`,
    score: fScore(sum, settings),
    charOrder,
    wordOrder,
    beta,
    signature: formatSignature(nrefs, {
      case: lowercase ? 'lc' : 'mixed',
      eff: !epsSmoothing,
      nc: charOrder,
      nw: wordOrder,
      space: whitespace,
    }),
  };
}

/** chrF of one sentence: {@link corpusChrf} of a corpus of one. */
export function sentenceChrf(hypothesis: string, references: readonly string[], options: ChrfOptions = {}): ChrfScore {
  const streams = references.map((reference) => [reference]);
  return corpusChrf([hypothesis], streams, options);
}

type Settings = Required<ChrfOptions>;

/** Number of n-grams of one order: in the hypothesis, in the reference, in both. */
interface Match {
  hypothesis: number;
  reference: number;
  match: number;
}

function extractNgrams(text: string, { charOrder, wordOrder, lowercase, whitespace }: Settings): NgramCounts[] {
  const line = lowercase ? text.toLowerCase() : text;
  const characters = Array.from(whitespace ? line : splitWords(line).join(''));
  return [...countNgrams(characters, charOrder, ''), ...countNgrams(separatePunctuation(line), wordOrder, ' ')];
}

const asciiPunctuation = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/** Words, with one ASCII punctuation mark split from the end of a word, or else from its start. `(hi)` is `(hi` `)`. */
function separatePunctuation(line: string): string[] {
  return splitWords(line).flatMap((word) => {
    const last = word.length - 1;
    if (last === 0) return [word];
    if (asciiPunctuation.has(word[last])) return [word.slice(0, last), word[last]];
    if (asciiPunctuation.has(word[0])) return [word[0], word.slice(1)];
    return [word];
  });
}

function matchNgrams(hypothesis: readonly NgramCounts[], reference: readonly NgramCounts[]): Match[] {
  return hypothesis.map((grams, n) => ({
    hypothesis: reference[n].size > 0 ? totalCount(grams) : 0,
    reference: totalCount(reference[n]),
    match: clippedMatches(grams, reference[n]),
  }));
}

/** The first of the candidates with the highest value. */
function best<T>(candidates: readonly T[], value: (candidate: T) => number): T {
  if (candidates.length === 1) return candidates[0];
  const values = candidates.map(value);
  return candidates[values.indexOf(Math.max(...values))];
}

const epsilon = 1e-16;

function fScore(matches: readonly Match[], { beta, epsSmoothing }: Settings): number {
  const ratio = (match: number, all: number) => (all > 0 ? match / all : epsilon);
  const rates = matches.map(({ hypothesis, reference, match }) => ({
    precision: ratio(match, hypothesis),
    recall: ratio(match, reference),
    isDefined: hypothesis > 0 && reference > 0,
  }));
  if (epsSmoothing) {
    const sum = rates.reduce((f, { precision, recall }) => f + (weighted(precision, recall, beta) ?? epsilon), 0);
    return (100 * sum) / matches.length;
  }
  const defined = rates.filter((rate) => rate.isDefined);
  if (defined.length === 0) return 0;
  const mean = (pick: 'precision' | 'recall') => defined.reduce((sum, rate) => sum + rate[pick], 0) / defined.length;
  return 100 * (weighted(mean('precision'), mean('recall'), beta) ?? 0);
}

/** F_β; undefined where precision and recall are both zero. */
function weighted(precision: number, recall: number, beta: number): number | undefined {
  const denominator = beta ** 2 * precision + recall;
  return denominator > 0 ? ((1 + beta ** 2) * precision * recall) / denominator : undefined;
}
