import { median } from 'd3-array';
import { type RandomStream, randomStream } from '../../../data/batch/shuffle.ts';
import { exactMatch } from '../../../measure/text/exact-match.ts';
import { budgeted, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { smoothed } from '../../spread.ts';
import { pairFeeds, type SentencePair, type Translate, translating, translatorLoss } from '../../toys/translator.ts';
import { type Contestant, contestantSize } from './contestant.ts';

const { words } = contestantSize;
/** Number of words of the longest training sentence, and the measured lengths. */
export const longest = 12;
export const lengths = [4, 8, 12];
export const [batch, fullSteps, fullRows] = [32, 1200, 100];
/** Number of updates over which losses are averaged. */
export const window = 20;
const halfOfGuessing = Math.log(words) / 2;

/** A sentence of random words, to be reversed. */
function reversed(random: RandomStream, length: number): SentencePair {
  const source = Array.from({ length }, () => random.below(words));
  return { source, target: source.toReversed() };
}

/** Results of one seed. */
export interface Run {
  readonly whole: readonly number[];
  /** Infinity if the loss never came down. */
  readonly sentences: number;
  readonly milliseconds: number;
  readonly speed: number;
}

/** Number of sentences until the mean loss of a window of updates was below half of guessing. */
export function sentencesUntilHalved(losses: readonly number[]): number {
  const at = smoothed(losses, window).findIndex((loss) => loss < halfOfGuessing);
  return at < 0 ? Number.POSITIVE_INFINITY : Math.min((at + 1) * window, losses.length) * batch;
}

/** Trains a contestant with every seed and measures what it writes. */
export async function runsOf(
  lab: Lab,
  contestant: Contestant,
  report: (share: number) => void,
): Promise<readonly Run[]> {
  const { translator, learningRate } = contestant;
  const ends = new Map<number, number[]>(lab.seeds.map((seed) => [seed, []]));
  const plan = {
    loss: (root: Parameters<typeof translatorLoss>[0]) => translatorLoss(root, translator),
    batch(random: RandomStream) {
      const length = 1 + random.below(longest);
      return pairFeeds(
        Array.from({ length: batch }, () => reversed(random, length)),
        translator,
      );
    },
    steps: budgeted(lab, fullSteps, 8),
    schedule: 'linear',
    learningRate,
  } as const;
  const fits = await fit(lab.backend, plan, lab.seeds, (share, seed) => {
    ends.get(seed)?.push(performance.now());
    report(share);
  });
  const runs: Run[] = [];
  for (const { seed, weights, losses } of fits) {
    const at = ends.get(seed) as number[];
    const milliseconds = median(at.slice(1).map((end, i) => end - at[i])) as number;
    const written = await translating(lab.backend, translator, weights, (run) => write(lab, run, seed));
    runs.push({ ...written, sentences: sentencesUntilHalved(losses), milliseconds });
  }
  return runs;
}

/** New sentences of every length, the same for every model of a seed. The longest are written again, to be timed. */
async function write(lab: Lab, run: Translate, seed: number): Promise<Pick<Run, 'whole' | 'speed'>> {
  const rows = budgeted(lab, fullRows, 8);
  const whole: number[] = [];
  let sources: readonly (readonly number[])[] = [];
  for (const length of lengths) {
    const random = randomStream(seed, 0, length);
    const pairs = Array.from({ length: rows }, () => reversed(random, length));
    sources = pairs.map(({ source }) => source);
    const found = await run(sources, length + 4);
    const text = (sentence: readonly number[]): string => sentence.join(' ');
    whole.push(exactMatch(found.map(text), [pairs.map(({ target }) => text(target))]));
  }
  const begin = performance.now();
  const again = await run(sources, longest + 4);
  const seconds = (performance.now() - begin) / 1000;
  return { whole, speed: again.reduce((sum, { length }) => sum + length + 1, 0) / seconds };
}
