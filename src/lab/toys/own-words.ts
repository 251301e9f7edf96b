import type { RandomStream } from '../../data/batch/shuffle.ts';
import type { SentencePair } from './translator.ts';

/** Number of words, and the percentages of words followed by the next one, and of words misheard. */
export const words = 10;
export const follows = 85;
export const isMisheard = 50;

/** A generated source and its target, word by word. */
export interface WrittenTask {
  readonly name: string;
  pair(random: RandomStream, length: number): SentencePair;
}

/**
 * A sentence in which each word mostly determines the next, heard through noise: every second word of the source is
 * random. Some words cannot be known, so every model makes mistakes; but the source continues and contradicts them.
 */
export const noisyText: WrittenTask = {
  name: 'noisy text',
  pair(random, length) {
    let word = random.below(words);
    const target = Array.from({ length }, () => {
      word = random.below(100) < follows ? (word + 1) % words : random.below(words);
      return word;
    });
    const source = target.map((true_) => (random.below(100) < isMisheard ? random.below(words) : true_));
    return { source, target };
  },
};

/**
 * An account: the balance after every change, modulo the number of words. A model that reads a wrong balance continues
 * from it.
 */
export const runningSum: WrittenTask = {
  name: 'running sum',
  pair(random, length) {
    const source = Array.from({ length }, () => random.below(words));
    let sum = 0;
    const target = source.map((change) => {
      sum = (sum + change) % words;
      return sum;
    });
    return { source, target };
  },
};
