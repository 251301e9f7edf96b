import { randomStream } from '../../../data/batch/shuffle.ts';
import { evaluating } from '../../evaluation.ts';
import type { Lab } from '../../experiment.ts';
import type { Fit } from '../../fit.ts';
import type { WrittenTask } from '../../toys/own-words.ts';
import { forced, pairFeeds, type SentencePair, type Translator, translate } from '../../toys/translator.ts';

/** Results of a trained model after true words, and after its own. Shares in [0, 1] are by position. */
export interface Written {
  /** Cross entropy with the true words before it, nats. */
  readonly loss: number;
  /** Correct words after true words. */
  readonly forced: readonly number[];
  /** Correct words after its own. */
  readonly free: readonly number[];
  /** Sentences without errors after its own words. */
  readonly whole: number;
  /** Correct words 1, 2, … positions after its own first wrong one. */
  readonly recovery: readonly number[];
}

/** Writes `rows` new sentences of `length` words both ways; the same sentences for every model of a seed. */
export async function written(
  { backend }: Pick<Lab, 'backend'>,
  translator: Translator,
  task: WrittenTask,
  { seed, weights }: Fit,
  { rows, length, distance }: { readonly rows: number; readonly length: number; readonly distance: number },
): Promise<Written> {
  const random = randomStream(seed, 0);
  const pairs = Array.from({ length: rows }, () => task.pair(random, length));
  const { loss, best } = await evaluating(
    backend,
    (root) => forced(root, translator),
    (evaluation) => evaluation.run(weights, pairFeeds(pairs, translator)),
  );
  const guided = pairs.map((_, row) => Array.from({ length }, (__, t) => Number(best.data[row * (length + 1) + t])));
  const sources = pairs.map(({ source }) => source);
  const own = await translate(backend, translator, weights, sources, length);
  return {
    loss: Number(loss.data[0]),
    forced: rightByPlace(guided, pairs, length),
    free: rightByPlace(own, pairs, length),
    whole: own.filter((words, row) => firstWrong(words, pairs[row]) < 0).length / rows,
    recovery: rightAfterMistake(own, pairs, distance),
  };
}

type Sentences = readonly (readonly number[])[];

const rightByPlace = (found: Sentences, pairs: readonly SentencePair[], length: number): readonly number[] =>
  Array.from(
    { length },
    (_, t) => found.filter((words, row) => words[t] === pairs[row].target[t]).length / found.length,
  );

const firstWrong = (words: readonly number[], { target }: SentencePair): number =>
  target.findIndex((word, t) => words[t] !== word);

/**
 * The share of correct words 1 … `distance` positions after a sentence's first wrong one; 1 if no sentence has such a
 * position.
 */
export const rightAfterMistake = (
  found: Sentences,
  pairs: readonly SentencePair[],
  distance: number,
): readonly number[] =>
  Array.from({ length: distance }, (_, i) => {
    const asked = found.flatMap((words, row) => {
      const wrong = firstWrong(words, pairs[row]);
      const place = wrong + 1 + i;
      return wrong < 0 || place >= pairs[row].target.length ? [] : [words[place] === pairs[row].target[place]];
    });
    return asked.length === 0 ? 1 : asked.filter(Boolean).length / asked.length;
  });
