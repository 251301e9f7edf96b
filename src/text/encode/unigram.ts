import { NONE, ROOT, TokenTree } from './token-tree.ts';

/** A token and the logarithm of its probability. */
export type ScoredPiece = readonly [piece: string, score: number];

/** A `Unigram` in a checked `tokenizer.json`, as far as it says how a word is cut. */
export interface UnigramConfig {
  readonly vocab: readonly ScoredPiece[];
  readonly unk_id?: number | null;
  /**
   * The pieces that words are cut into, where `vocab` only gives the ids (Marian, from its own files). Scores are added in
   * single precision then, as SentencePiece does.
   */
  readonly pieces?: readonly ScoredPiece[];
}

/** A part of a word in UTF-16 units. Neighbouring unknown characters are one part. */
export interface UnigramPart {
  readonly start: number;
  readonly end: number;
}

/** The id of a character that no token begins with; no token has it. */
const UNKNOWN = -2;

/** How much less than the lowest score an unknown character has. */
const unknownPenalty = 10;

/**
 * Returns a function that cuts a word into its most probable tokens, among equal ones with the longest last token.
 *
 * The JavaScript library finds the same with an object for each token of each place.
 * Source: tokenizers 0.23 models/unigram/model.rs (`encode_optimized`); google/sentencepiece 0.2 unigram_model.cc has the
 * same in single precision.
 */
export function unigramCutter({ vocab, unk_id, pieces: own }: UnigramConfig): (word: string) => UnigramPart[] {
  const scored = own ?? vocab;
  // Own pieces have no unknown one among them.
  const unknownId = own ? UNKNOWN : (unk_id ?? UNKNOWN);
  const tree = new TokenTree(scored.map(([token]) => token));
  const lowest = scored.reduce((least, [, score]) => Math.min(least, score), Infinity);
  const rounded = own ? Math.fround : (score: number): number => score;
  const unknownScore = rounded(lowest - unknownPenalty);
  const scoreOf = (id: number): number => (id === unknownId ? unknownScore : scored[id][1]);

  return (word) => {
    const best = new Float64Array(word.length + 1).fill(-Infinity);
    const from = new Int32Array(word.length + 1);
    const held = new Int32Array(word.length + 1).fill(NONE);
    best[0] = 0;
    const offer = (start: number, end: number, id: number, score: number): void => {
      const total = rounded(best[start] + score);
      if (!(total > best[end])) return;
      best[end] = total;
      from[end] = start;
      held[end] = id;
    };
    for (let start = 0, next = 0; start < word.length; start = next) {
      next = start + ((word.codePointAt(start) as number) > 0xffff ? 2 : 1);
      let isKnown = false;
      for (let at = start, place = ROOT; at < word.length; ) {
        place = tree.next(place, word.charCodeAt(at++));
        if (place === NONE) break;
        const id = tree.idAt(place);
        if (id === NONE) continue;
        offer(start, at, id, scoreOf(id));
        if (at === next) isKnown = true;
      }
      if (!isKnown) offer(start, next, unknownId, unknownScore);
    }
    const parts: UnigramPart[] = [];
    for (let end = word.length; end > 0; ) {
      let start = from[end];
      if (held[end] === unknownId) while (start > 0 && held[start] === unknownId) start = from[start];
      parts.push({ start, end });
      end = start;
    }
    return parts.reverse();
  };
}
