import type { RandomStream } from '../../data/batch/shuffle.ts';
import type { SentencePair } from './translator.ts';

/** How many words there are, and how often in a hundred the next one follows, and a word is heard wrong. */
export const words = 10;
export const follows = 85;
export const isMisheard = 50;

/** A made-up source and what is to be written for it, word for word. */
export interface WrittenTask {
  readonly name: string;
  pair(random: RandomStream, length: number): SentencePair;
}

/**
 * A sentence of which each word mostly tells the next, heard through noise: every second word of the source is random.
 * Some of it cannot be known, so that every model makes mistakes; but the source continues and contradicts them.
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

/** An account: the balance after every change, modulo the number of words. A model that reads a wrong one continues from it. */
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
