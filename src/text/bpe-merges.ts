import { PairHeap } from './pair-heap.ts';

/** What a corpus is to byte-pair encoding: how often each word occurs, and which characters it may use. */
export interface MergeProblem {
  words: ReadonlyMap<string, number>;
  /** The first tokens, in the order of their ids. Any other character separates what stands beside it. */
  alphabet: readonly string[];
  /** The number of tokens to stop at, alphabet included. */
  maxTokens: number;
  /** A pair seen less often is never merged. */
  minFrequency: number;
  /** Strings that no merge may form. */
  reserved: ReadonlySet<string>;
}

export interface Merges {
  /** The alphabet, then each new token in the order of its merge. */
  tokens: string[];
  merges: [left: string, right: string][];
}

interface Pair {
  count: number;
  /** Words that held the pair when it was counted; a word may be named twice or hold it no longer. */
  words: number[];
}

const UNKNOWN = -1;
const KEY_BASE = 2 ** 26;

/**
 * Learns byte-pair merges: again and again the most frequent pair of neighbours becomes one token.
 *
 * Equal counts are decided by the ids of the pair, the smaller first. Only the words that hold a pair are touched when it
 * is merged (an inverted index), and the next pair comes from a heap whose stale entries are put back with their true
 * count, so the time is near linear in the corpus' distinct words.
 *
 * Source: Sennrich et al. 2016, algorithm 1; the order of ties is that of Hugging Face's `BpeTrainer`.
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

/** The word with every `left right` replaced from the left, each changed neighbourhood passed to `count`. */
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
