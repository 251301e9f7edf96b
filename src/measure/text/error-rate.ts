import { InputError } from '../../io/error.ts';
import type { Score } from '../score.ts';
import { pairSegments } from './segment.ts';
import { splitWords, squeeze, trim } from './whitespace.ts';

export interface ErrorRate extends Score {
  /** Insertions, deletions and substitutions. */
  readonly errors: number;
  /** Tokens of all references. */
  readonly refLength: number;
}

/**
 * Errors per reference token over a corpus: 0 is perfect, and many insertions can exceed 1.
 *
 * `hypotheses[i]` and `references[i]` are the tokens of sentence i: words, phones, characters. The errors of all
 * sentences are divided by the tokens of all references; it is not a mean of rates.
 *
 * Source: Levenshtein 1966; Morris et al. 2004.
 * @throws {InputError} on unequal lengths, no sentences, references without any token.
 */
export function tokenErrorRate(
  hypotheses: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
  name = 'token error rate',
): ErrorRate {
  if (hypotheses.length !== references.length) {
    throw new InputError(
      `${name}: expected one reference per hypothesis, got ${hypotheses.length} hypotheses and ${references.length} references`,
    );
  }
  const refLength = references.reduce((sum, tokens) => sum + tokens.length, 0);
  if (refLength === 0) throw new InputError(`${name}: the references have no tokens`);
  const errors = references.reduce((sum, tokens, i) => sum + tokenDistance(hypotheses[i], tokens), 0);
  return { name, score: errors / refLength, errors, refLength, verbose: `(errors = ${errors} ref_len = ${refLength})` };
}

/** The units of a text's lines. */
type Cut = (line: string) => readonly string[];

const lineErrorRate =
  (name: string, cut: Cut) =>
  (hypotheses: readonly string[], references: readonly string[]): ErrorRate => {
    pairSegments(name, hypotheses, [references]);
    return tokenErrorRate(hypotheses.map(cut), references.map(cut), name);
  };

/** Word error rate: {@link tokenErrorRate} of words separated by white space. Case and punctuation count. */
export const corpusWer = lineErrorRate('wer', splitWords);

/** Phone error rate of pronunciations with white space between phones: `HH AH0 L OW1`. */
export const corpusPer = lineErrorRate('per', splitWords);

/** Character error rate, in code points; white space counts, except at either end. */
export const corpusCer = lineErrorRate('cer', (line) => Array.from(trim(line)));

/**
 * Word error rate as defined for grapheme-to-phoneme conversion: the share of words whose phones do not exactly match
 * one of their pronunciations, 0–1. For errors per word of a sentence see {@link corpusWer}.
 *
 * `references[j][i]` is the j-th pronunciation of word i, null if there is none. Runs of white space count as one
 * space.
 *
 * Source: Yao & Zweig 2015.
 * @throws {InputError} on unequal lengths, no words, a word without pronunciation.
 */
export function wordErrorRate(
  hypotheses: readonly string[],
  references: readonly (readonly (string | null)[])[],
): number {
  const { segments } = pairSegments('word_error_rate', hypotheses, references);
  const wrong = segments.filter(
    ({ hypothesis, references: given }) => !given.map(squeeze).includes(squeeze(hypothesis)),
  );
  return wrong.length / segments.length;
}

/** Fewest insertions, deletions and substitutions that turn one sequence into the other; exact, without a beam. */
function tokenDistance(a: readonly string[], b: readonly string[]): number {
  let above = Uint32Array.from({ length: b.length + 1 }, (_, j) => j);
  let row = new Uint32Array(b.length + 1);
  for (const [i, token] of a.entries()) {
    row[0] = i + 1;
    for (let j = 1; j <= b.length; j++) {
      const kept = above[j - 1] + (token === b[j - 1] ? 0 : 1);
      row[j] = Math.min(kept, above[j] + 1, row[j - 1] + 1);
    }
    [above, row] = [row, above];
  }
  return above[b.length];
}
