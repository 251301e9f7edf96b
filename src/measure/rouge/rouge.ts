import { type Rates, ratesOf } from '../classes/rates.ts';
import { formatSignature, type Score, toFixedHalfEven } from '../score.ts';
import { clippedMatches, countNgrams, totalCount } from '../text/ngram.ts';
import { pairSegments, type ReferenceStreams } from '../text/segment.ts';
import { commonLength, commonPositions } from './longest-subsequence.ts';
import { porterStem } from './porter-stemmer.ts';
import { type RougeTokenizer, rougeTokenizers } from './tokenizer.ts';

export interface RougeOptions {
  /** Default `rouge`, which keeps only a–z and 0–9: use `unicode` or `char` for other scripts. */
  readonly tokenize?: RougeTokenizer | undefined;
  /** Stems tokens of more than three letters, for English (`use_stemmer` there). Default false. */
  readonly stem?: boolean | undefined;
}

/** The kinds of ROUGE: common words, common pairs, longest common subsequence of the whole text or by sentences. */
export const rougeTypes = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'] as const;

export type RougeType = (typeof rougeTypes)[number];

export interface RougeScore extends Score, Readonly<Record<RougeType, number>> {
  /** Means over the texts; `rouge1` … `rougeLsum` are their f1. */
  readonly rates: Readonly<Record<RougeType, Rates>>;
  readonly signature: string;
  readonly warnings: readonly string[];
}

/**
 * ROUGE of a corpus, 0–1: the mean over texts for each type; `score` is ROUGE-L.
 *
 * `references[j][i]` is the j-th reference of text i, null if there is none; of several, the one with the highest F
 * counts, separately for each type. The mean is plain; google-research's aggregator resamples. Numbers equal those of
 * google-research's `rouge_score`, with its tokenizer.
 *
 * Source: Lin 2004; google-research/rouge.
 * @throws {InputError} on unequal lengths, no texts, a text without reference.
 */
export function corpusRouge(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  options: RougeOptions = {},
): RougeScore {
  const { segments, nrefs } = pairSegments('rouge', hypotheses, references);
  const { tokenize = 'rouge', stem = false } = options;
  const scores = segments.map((segment) => textRouge(segment.hypothesis, segment.references, options));
  const mean = (type: RougeType, pick: keyof Rates) =>
    scores.reduce((sum, score) => sum + score[type][pick], 0) / scores.length;
  const rates = byType((type) => ({
    precision: mean(type, 'precision'),
    recall: mean(type, 'recall'),
    f1: mean(type, 'f1'),
  }));
  const others = rougeTypes.filter((type) => type !== 'rougeL');
  const lost = segments.filter(({ hypothesis, references: given }) =>
    [hypothesis, ...given].some((text) => /[\p{L}\p{N}]/u.test(text) && rougeTokenizers[tokenize](text).length === 0),
  );
  return {
    name: 'rougeL',
    score: rates.rougeL.f1,
    ...byType((type) => rates[type].f1),
    rates,
    signature: formatSignature(nrefs, { tok: tokenize, stem }),
    verbose: `(${others.map((type) => `${type} = ${toFixedHalfEven(rates[type].f1, 4)}`).join(' ')})`,
    warnings:
      lost.length === 0
        ? []
        : [
            `in ${lost.length} of ${segments.length} pairs a text has letters, but none of a–z: use the tokenizer unicode or char`,
          ],
  };
}

/** ROUGE of one text; for each type, the reference with the highest F counts. */
export function textRouge(
  hypothesis: string,
  references: readonly string[],
  { tokenize = 'rouge', stem = false }: RougeOptions = {},
): Record<RougeType, Rates> {
  const plain = rougeTokenizers[tokenize];
  const tokens = (text: string) =>
    stem ? plain(text).map((token) => (token.length > 3 ? porterStem(token) : token)) : plain(text);
  const sentences = (text: string) => text.split('\n').map(tokens);
  const written = tokens(hypothesis);
  const candidates = references.map((reference): Record<RougeType, Rates> => {
    const given = tokens(reference);
    return {
      rouge1: rougeN(written, given, 1),
      rouge2: rougeN(written, given, 2),
      rougeL: ratesOf({ predicted: written.length, actual: given.length, hits: commonLength(given, written) }),
      rougeLsum: rougeLsum(sentences(hypothesis), sentences(reference)),
    };
  });
  return byType((type) =>
    candidates.map((rates) => rates[type]).reduce((best, rates) => (rates.f1 > best.f1 ? rates : best)),
  );
}

/** ROUGE-N: common n-grams, each counted as often as both have it. */
export function rougeN(hypothesis: readonly string[], reference: readonly string[], n: number): Rates {
  const [predicted, actual] = [hypothesis, reference].map((tokens) => countNgrams(tokens, n, ' ')[n - 1]);
  return ratesOf({
    predicted: totalCount(predicted),
    actual: totalCount(actual),
    hits: clippedMatches(predicted, actual),
  });
}

/**
 * ROUGE-L of a summary: the tokens of each reference sentence that are on a longest common subsequence with any
 * sentence of the hypothesis; no token counts more often than either side has it.
 *
 * Source: Lin 2004, section 3.2; the limit on counts is that of ROUGE-1.5.5.
 */
function rougeLsum(hypothesis: readonly (readonly string[])[], reference: readonly (readonly string[])[]): Rates {
  const [written, given] = [hypothesis, reference].map((sentences) => countNgrams(sentences.flat(), 1, '')[0]);
  const [predicted, actual] = [totalCount(written), totalCount(given)];
  const found = new Map<string, number>();
  for (const sentence of reference) {
    const union = new Set(hypothesis.flatMap((candidate) => commonPositions(sentence, candidate)));
    for (const position of union) found.set(sentence[position], (found.get(sentence[position]) ?? 0) + 1);
  }
  return ratesOf({ predicted, actual, hits: clippedMatches(found, written) });
}

function byType<T>(value: (type: RougeType) => T): Record<RougeType, T> {
  return {
    rouge1: value('rouge1'),
    rouge2: value('rouge2'),
    rougeL: value('rougeL'),
    rougeLsum: value('rougeLsum'),
  };
}
