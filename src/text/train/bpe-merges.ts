import { PairHeap } from './pair-heap.ts';

/** The input of byte-pair encoding: how often each word occurs, and the characters it may use. */
export interface MergeProblem {
  words: ReadonlyMap<string, number>;
  /** The first tokens, in the order of their ids. Any other character separates its neighbours. */
  alphabet: readonly string[];
  /** The number of tokens to stop at, including the alphabet. */
  maxTokens: number;
  /** Rarer pairs are never merged. */
  minFrequency: number;
  /** Strings that no merge may produce. */
  reserved: ReadonlySet<string>;
}

export interface Merges {
  /** The alphabet, then each new token in the order of the merges. */
  tokens: string[];
  merges: [left: string, right: string][];
}

interface Pair {
  count: number;
  /**
   * Words that contained the pair when it was counted; the list can hold a word twice, or a word that no longer has the
   * pair.
   */
  words: number[];
}

const UNKNOWN = -1;
const KEY_BASE = 2 ** 26;

/**
 * Learns byte-pair merges: repeatedly turns the most frequent pair of neighbours into one token.
 *
 * Pairs with equal counts are ordered by their ids, smallest first. A merge visits only the words that contain the pair
 * (an inverted index). The next pair comes from a heap, whose stale entries are put back with their current count. So
 * the time is nearly linear in the number of distinct words.
 *
 * Source: Sennrich et al. 2016, algorithm 1; ties are ordered as in Hugging Face's `BpeTrainer`.
 */
export function learnMerges({ words, alphabet, maxTokens, minFrequency, reserved }: MergeProblem): Merges {
  const tokens = [...alphabet];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const frequencies = [...words.values()];
  const symbols = Array.from(words.keys(), (word) => Array.from(word, (character) => ids.get(character) ?? UNKNOWN));
  const pairs = new Map<number, Pair>();
  const touched = new Set<number>();

  const add = (left: number, right: number, word: number, sign: 1 | -1): void => {
    if (left === UNKNOWN || right === UNKNOWN) return;
    const key = left * KEY_BASE + right;
    const pair = pairs.get(key) ?? { count: 0, words: [] };
    pair.count += sign * frequencies[word];
    if (sign > 0) {
      if (pair.words.at(-1) !== word) pair.words.push(word);
      pairs.set(key, pair);
      touched.add(key);
    }
  };

  const heap = new PairHeap();
  const enqueueTouched = (): void => {
    for (const key of touched) {
      const { count } = pairs.get(key)!;
      if (count >= minFrequency) heap.push(count, key);
    }
    touched.clear();
  };

  symbols.forEach((word, index) => {
    for (let i = 0; i + 1 < word.length; i++) add(word[i], word[i + 1], index, 1);
  });
  enqueueTouched();

  const merges: Merges['merges'] = [];
  while (tokens.length < maxTokens) {
    const top = heap.pop();
    if (!top) break;
    const pair = pairs.get(top.key);
    if (!pair || pair.count < minFrequency) continue;
    if (pair.count !== top.count) {
      heap.push(pair.count, top.key);
      continue;
    }
    const [left, right] = [Math.floor(top.key / KEY_BASE), top.key % KEY_BASE];
    const token = tokens[left] + tokens[right];
    pairs.delete(top.key);
    if (reserved.has(token)) continue;
    const merged = ids.get(token) ?? tokens.push(token) - 1;
    ids.set(token, merged);
    merges.push([tokens[left], tokens[right]]);
    for (const index of pair.words) {
      symbols[index] = mergeWord(symbols[index], left, right, merged, (a, b, sign) => add(a, b, index, sign));
    }
    enqueueTouched();
  }
  return { tokens, merges };
}

/** The word with every `left right` replaced, from the left; calls `count` for each pair that changes. */
function mergeWord(
  word: readonly number[],
  left: number,
  right: number,
  merged: number,
  count: (left: number, right: number, sign: 1 | -1) => void,
): number[] {
  const out: number[] = [];
  for (let i = 0; i < word.length; i++) {
    if (word[i] !== left || word[i + 1] !== right) {
      out.push(word[i]);
      continue;
    }
    const before = out.at(-1);
    if (before !== undefined) {
      count(before, left, -1);
      count(before, merged, 1);
    }
    const after = word[i + 2];
    if (after !== undefined) {
      count(right, after, -1);
      count(merged, after, 1);
    }
    out.push(merged);
    i++;
  }
  return out;
}
