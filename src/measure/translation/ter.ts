import { formatSignature, type Score } from '../score.ts';
import { BeamEditDistance } from '../text/edit-distance.ts';
import { pairSegments, type ReferenceStreams } from '../text/segment.ts';
import { splitWords, trimEnd } from '../text/whitespace.ts';
import { translationEdits } from './ter-shift.ts';
import { type TercomOptions, tercomTokenize } from './tercom-tokenizer.ts';

export interface TerScore extends Score {
  readonly numEdits: number;
  /** Sum over segments of the mean length of their references. */
  readonly refLength: number;
  readonly signature: string;
}

/**
 * Translation edit rate of a corpus: insertions, deletions, substitutions and shifts per 100 reference words. Lower is
 * better; it can exceed 100.
 *
 * `references[j][i]` is the j-th reference of segment i, null if there is none; the fewest edits to any reference
 * count, divided by the mean length of all. Numbers equal sacreBLEU's; as there, references are tokenised twice, which
 * matters only with `normalized` (`&amp;lt;`).
 *
 * Source: Snover et al. 2006; Post 2018 (sacreBLEU 2.6).
 * @throws {InputError} on unequal lengths, no segments, a segment without reference.
 */
export function corpusTer(
  hypotheses: readonly string[],
  references: ReferenceStreams,
  options: TercomOptions = {},
): TerScore {
  const { normalized = false, noPunct = false, asianSupport = false, caseSensitive = false } = options;
  const settings = { normalized, noPunct, asianSupport, caseSensitive };
  const { segments, nrefs } = pairSegments('ter', hypotheses, references);
  const tokenize = (text: string) => tercomTokenize(trimEnd(text), settings);

  let numEdits = 0;
  let refLength = 0;
  for (const segment of segments) {
    const words = splitWords(tokenize(segment.hypothesis));
    const given = segment.references.map((text) => splitWords(tokenize(tokenize(text))));
    numEdits += Math.min(...given.map((reference) => edits(words, reference)));
    refLength += given.reduce((sum, reference) => sum + reference.length, 0) / given.length;
  }
  return {
    name: 'TER',
    score: 100 * (refLength > 0 ? numEdits / refLength : numEdits > 0 ? 1 : 0),
    numEdits,
    refLength,
    signature: formatSignature(nrefs, {
      case: caseSensitive ? 'mixed' : 'lc',
      tok: 'tercom',
      norm: normalized,
      punct: !noPunct,
      asian: asianSupport,
    }),
  };
}

/** TER of one sentence: {@link corpusTer} of a corpus of one. */
export function sentenceTer(hypothesis: string, references: readonly string[], options: TercomOptions = {}): TerScore {
  const streams = references.map((reference) => [reference]);
  return corpusTer([hypothesis], streams, options);
}

function edits(words: readonly string[], reference: readonly string[]): number {
  return reference.length === 0 ? words.length : translationEdits(words, reference, new BeamEditDistance(reference));
}
