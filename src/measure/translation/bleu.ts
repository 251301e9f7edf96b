import { checkInteger, knownName } from '../option.ts';
import { formatSignature, type Score, toFixedHalfEven } from '../score.ts';
import { clippedMatches, countNgrams, type NgramCounts, totalCount } from '../text/ngram.ts';
import { pairSegments, type ReferenceStreams, type Segment } from '../text/segment.ts';
import { splitWords, trimEnd } from '../text/whitespace.ts';
import { type BleuSmoothing, bleuSmoothings, checkSmoothValue, type Smoothing } from './bleu-smoothing.ts';
import { type BleuTokenizer, bleuTokenizers } from './bleu-tokenizer.ts';

export interface BleuOptions {
  /** Default `13a`. */
  readonly tokenize?: BleuTokenizer | undefined;
  /** Lower-cases hypotheses and references first. Default false. */
  readonly lowercase?: boolean | undefined;
  /** Default `exp`. */
  readonly smoothMethod?: BleuSmoothing | undefined;
  /** For `floor` (default 0.1) and `add-k` (default 1) only. */
  readonly smoothValue?: number | undefined;
  /** Skips orders for which the hypotheses have no n-grams. Default false for a corpus, true for a sentence. */
  readonly effectiveOrder?: boolean | undefined;
  /** Default 4. */
  readonly maxNgramOrder?: number | undefined;
  /** Omits the warning about text that looks already tokenised. Default false. */
  readonly force?: boolean | undefined;
}

/** `counts`, `totals` and `precisions` (0–100) have one entry per order; `add-k` is already added to the first two. */
export interface BleuScore extends Score {
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  readonly precisions: readonly number[];
  /** Brevity penalty, 0–1. */
  readonly bp: number;
  readonly sysLen: number;
  readonly refLen: number;
  readonly signature: string;
  readonly verbose: string;
  readonly warnings: readonly string[];
}

/** Number of lines ending in ` .` from which the text is suspected to be already tokenised, as in sacreBLEU. */
const tokenizedLines = 100;

/**
 * BLEU of a corpus, 0–100: brevity penalty times the geometric mean of the clipped n-gram precisions.
 *
 * bp · exp(Σₙ log pₙ / N), bp = exp(1 − refLen / sysLen) if the hypotheses are shorter. `references[j][i]` is the j-th
 * reference of segment i, null if there is none; of several references the closest in length counts for refLen, the
 * shorter one in a tie. Numbers equal sacreBLEU's. Unlike there, `tokenize: 'none'` never warns that the text looks
 * tokenised.
 *
 * Source: Papineni et al. 2002; Post 2018 (sacreBLEU 2.6).
 * @throws {InputError} on unequal lengths, no segments, a segment without reference, an unknown tokenizer or smoothing
 *   method, a `smoothValue` that is negative or that the method does not take.
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  options: BleuOptions = {},
): BleuScore {
  const { tokenize = '13a', lowercase = false, effectiveOrder = false, maxNgramOrder = 4, force = false } = options;
  const { smoothMethod = 'exp' } = options;
  const tokenizer: (line: string) => string = bleuTokenizers[knownName('bleu', 'tokenize', bleuTokenizers, tokenize)];
  const smoothing: Smoothing = bleuSmoothings[knownName('bleu', 'smoothMethod', bleuSmoothings, smoothMethod)];
  const smoothValue = checkSmoothValue(smoothMethod, smoothing, options.smoothValue);
  checkInteger('bleu', 'maxNgramOrder', maxNgramOrder, 1);
  const { segments, nrefs } = pairSegments('bleu', hypotheses, references);

  const split = (text: string) => splitWords(tokenizer(trimEnd(lowercase ? text.toLowerCase() : text)));
  const statistics = emptyStatistics(maxNgramOrder);
  for (const segment of segments) addSegment(statistics, segment, split);

  const suspicious = force || tokenize === 'none' ? 0 : hypotheses.filter((line) => line.endsWith(' .')).length;
  const smooth = smoothing.defaultValue === null ? smoothMethod : `${smoothMethod}[${toFixedHalfEven(smoothValue, 2)}]`;
  const score = scoreStatistics(statistics, smoothing, smoothValue, effectiveOrder);
  return {
    name: 'BLEU',
    ...score,
    signature: formatSignature(nrefs, { case: lowercase ? 'lc' : 'mixed', eff: effectiveOrder, tok: tokenize, smooth }),
    verbose: describe(score),
    warnings:
      suspicious < tokenizedLines
        ? []
        : [`${suspicious} hypotheses end in " .": BLEU expects text that is not tokenised, or tokenize none`],
  };
}

/** BLEU of one sentence: {@link corpusBleu} of a corpus of one, with `effectiveOrder` on by default. */
export function sentenceBleu(hypothesis: string, references: readonly string[], options: BleuOptions = {}): BleuScore {
  const streams = references.map((reference) => [reference]);
  return corpusBleu([hypothesis], streams, { ...options, effectiveOrder: options.effectiveOrder ?? true });
}

interface Statistics {
  readonly counts: number[];
  readonly totals: number[];
  sysLen: number;
  refLen: number;
}

const emptyStatistics = (orders: number): Statistics => ({
  counts: Array<number>(orders).fill(0),
  totals: Array<number>(orders).fill(0),
  sysLen: 0,
  refLen: 0,
});

function addSegment(sum: Statistics, { hypothesis, references }: Segment, split: (text: string) => string[]): void {
  const orders = sum.counts.length;
  const words = split(hypothesis);
  const referenceWords = references.map(split);
  const best = mostPerNgram(referenceWords.map((reference) => countNgrams(reference, orders, ' ')));
  countNgrams(words, orders, ' ').forEach((grams, n) => {
    sum.counts[n] += clippedMatches(grams, best[n]);
    sum.totals[n] += totalCount(grams);
  });
  sum.sysLen += words.length;
  sum.refLen += nearestLength(
    words.length,
    referenceWords.map((reference) => reference.length),
  );
}

/** For each order and n-gram, the largest count in any one reference. */
function mostPerNgram(references: readonly NgramCounts[][]): NgramCounts[] {
  const [most, ...others] = references;
  for (const other of others) {
    other.forEach((grams, n) => {
      for (const [gram, count] of grams) most[n].set(gram, Math.max(count, most[n].get(gram) ?? 0));
    });
  }
  return most;
}

function nearestLength(length: number, lengths: readonly number[]): number {
  return lengths.reduce((best, next) => {
    const nearer = Math.abs(length - next) - Math.abs(length - best);
    return nearer < 0 || (nearer === 0 && next < best) ? next : best;
  });
}

type BareScore = Pick<BleuScore, 'score' | 'counts' | 'totals' | 'precisions' | 'bp' | 'sysLen' | 'refLen'>;

function scoreStatistics(sum: Statistics, smoothing: Smoothing, value: number, effectiveOrder: boolean): BareScore {
  const { sysLen, refLen } = sum;
  const counts = sum.counts.slice();
  const totals = sum.totals.slice();
  const precisions = counts.map(() => 0);
  const bp = sysLen >= refLen ? 1 : sysLen > 0 ? Math.exp(1 - refLen / sysLen) : 0;
  if (counts.every((count) => count === 0)) return { score: 0, counts, totals, precisions, bp, sysLen, refLen };

  let zeros = 0;
  let orders = 0;
  for (; orders < counts.length; orders++) {
    counts[orders] += smoothing.added(orders + 1, value);
    totals[orders] += smoothing.added(orders + 1, value);
    if (totals[orders] === 0) break;
    precisions[orders] =
      counts[orders] > 0
        ? (100 * counts[orders]) / totals[orders]
        : smoothing.unmatched(totals[orders], value, ++zeros);
  }
  const averaged = precisions.slice(0, effectiveOrder ? orders : precisions.length);
  const logSum = averaged.reduce((sumSoFar, precision) => sumSoFar + Math.log(precision), 0);
  return { score: bp * Math.exp(logSum / averaged.length), counts, totals, precisions, bp, sysLen, refLen };
}

function describe({ precisions, bp, sysLen, refLen }: BareScore): string {
  const ratio = refLen === 0 ? 0 : sysLen / refLen;
  return (
    `${precisions.map((precision) => toFixedHalfEven(precision, 1)).join('/')} (BP = ${toFixedHalfEven(bp, 3)} ` +
    `ratio = ${toFixedHalfEven(ratio, 3)} hyp_len = ${sysLen} ref_len = ${refLen})`
  );
}
