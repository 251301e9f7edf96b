import { type RandomStream, randomStream } from '../../data/batch/shuffle.ts';
import { ids } from '../feed.ts';

/** Numbers of brackets and words, maximum nesting depth, and how often a bracket opens or closes. */
const [kinds, words, deepest] = [4, 6, 5];
const chance = { open: 0.28, close: 0.28 } as const;

/** Opening brackets are 0 … 3, closing ones 4 … 7, words 8 … 13; then the start token, then padding. */
const begin = 2 * kinds + words;
export const bracketVocabulary = begin + 2;

/** Probabilities of the words that may follow; other words never do. */
const shares = [0.8, 0.15, 0.05];

/** The words that may follow, by the innermost open bracket (last entry: none) and the previous word. */
const followers: readonly (readonly (readonly number[])[])[] = Array.from({ length: kinds + 1 }, (_, kind) =>
  Array.from({ length: words }, (_, word) => {
    const random = randomStream(1, kind, word);
    const free = Array.from({ length: words }, (_, i) => i);
    return shares.map(() => free.splice(random.below(free.length), 1)[0]);
  }),
);

const uniform = (random: RandomStream): number => random.below(2 ** 20) / 2 ** 20;

/** The index of the share that a draw in [0, 1) falls on. */
function drawn(draw: number): number {
  const bounds = shares.map((_, i) => shares.slice(0, i + 1).reduce((sum, share) => sum + share, 0));
  return Math.min(
    shares.length - 1,
    bounds.findIndex((bound) => draw < bound),
  );
}

/**
 * Sentences of an artificial language: nested brackets of several kinds, and words, of which three may follow depending
 * on the previous word and on the innermost open bracket.
 *
 * → `input_ids`, `labels` int32 [B, T] for a language model, and the mean cross entropy of the language itself, a lower
 * bound for any model.
 */
export function bracketSentences(random: RandomStream, rows: number, time: number) {
  const tokens = new Int32Array(rows * time);
  let surprise = 0;
  for (let row = 0; row < rows; row++) {
    const open: number[] = [];
    let word = 0;
    for (let t = 0; t < time; t++) {
      const opens = open.length < deepest ? chance.open : 0;
      const closes = open.length > 0 ? chance.close : 0;
      const draw = uniform(random);
      const innermost = open[open.length - 1] ?? kinds;
      let p: number;
      if (draw < opens) {
        const kind = random.below(kinds);
        open.push(kind);
        tokens[row * time + t] = kind;
        p = opens / kinds;
      } else if (draw < opens + closes) {
        tokens[row * time + t] = kinds + innermost;
        open.pop();
        p = closes;
      } else {
        const which = drawn(uniform(random));
        word = followers[innermost][word][which];
        tokens[row * time + t] = 2 * kinds + word;
        p = (1 - opens - closes) * shares[which];
      }
      surprise -= Math.log(p);
    }
  }
  const before = tokens.map((_, i) => (i % time === 0 ? begin : tokens[i - 1]));
  return {
    feeds: { input_ids: ids([rows, time], before), labels: ids([rows, time], tokens) },
    entropy: surprise / (rows * time),
  };
}
