import { input } from '../../../graph/index.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { floats } from '../../feed.ts';
import { fit } from '../../fit.ts';
import { singleThreaded } from '../../single-thread.ts';
import { spreadOf } from '../../spread.ts';
import { noisyText, runningSum, type WrittenTask, words } from '../../toys/own-words.ts';
import { pairFeeds, translator, translatorLoss } from '../../toys/translator.ts';
import { exposureFigures, exposureTable } from './figure.ts';
import { type Written, written } from './free-running.ts';
import { heading, prose, type TrainingFound } from './text.ts';

/**
 * Training sentences have up to `length` words and measured ones exactly so many; `distance`: positions observed after
 * a mistake.
 */
const [width, batch, length, distance] = [48, 32, 16, 6];
const [fullSteps, fullRows, learningRate] = [1000, 400, 5e-3];
/** The probability of the true word at the end of scheduled sampling, reached after four fifths of the updates. */
const leastTrue = 0.25;

const writer = translator({ words, width }, { attention: 'additive', attention_query: 'previous' });

/** The probability of reading the true word, by the share of the training that is done. */
export const truthAt = (share: number): number => 1 - (1 - leastTrue) * Math.min(1, share / 0.8);

const trainings = ['teacher forcing', 'scheduled sampling'] as const;
type Training = (typeof trainings)[number];

async function run(lab: Lab, task: WrittenTask, training: Training, report: (share: number) => void) {
  const { backend, seeds } = lab;
  const steps = budgeted(lab, fullSteps, 4);
  const isSampled = training === 'scheduled sampling';
  const fits = await fit(
    backend,
    {
      loss: (root) => translatorLoss(root, writer, isSampled ? input('teacher_forcing', []) : undefined),
      batch(random, step) {
        const words = 1 + random.below(length);
        const pairs = Array.from({ length: batch }, () => task.pair(random, words));
        const feeds = pairFeeds(pairs, writer);
        return isSampled ? { ...feeds, teacher_forcing: floats([], [truthAt(step / steps)]) } : feeds;
      },
      steps,
      schedule: 'linear',
      learningRate,
    },
    seeds,
    report,
  );
  const found: Written[] = [];
  for (const trained of fits)
    found.push(await written(lab, writer, task, trained, { rows: budgeted(lab, fullRows, 8), length, distance }));
  return found;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** How much true previous words help a model, at the beginning and at the end of a sentence. */
const gap = ({ forced, free }: Pick<Written, 'forced' | 'free'>, from: number, to?: number): number =>
  mean(forced.slice(from, to)) - mean(free.slice(from, to));

/**
 * Whether the gain from true words grows along the sentence: at least 5 points more in the last quarter than in the
 * first.
 */
export const isAccumulating = (written: Pick<Written, 'forced' | 'free'>): boolean => {
  const quarter = Math.floor(written.free.length / 4);
  return gap(written, -quarter) >= gap(written, 0, quarter) + 0.05;
};

/** Whether every seed writes better after its own words. */
export const isBetterFree = (
  before: readonly Pick<Written, 'free'>[],
  after: readonly Pick<Written, 'free'>[],
): boolean => after.every(({ free }, seed) => mean(free) > mean(before[seed].free));

/** What the text says about a training. */
function numbersOf(runs: readonly Written[]): TrainingFound {
  const share = (what: 'forced' | 'free', from = 0) => spreadOf(runs.map((one) => mean(one[what].slice(from))));
  const last = length - length / 4;
  return {
    forced: share('forced'),
    free: share('free'),
    lastForced: share('forced', last),
    lastFree: share('free', last),
    loss: spreadOf(runs.map((one) => one.loss)),
  };
}

export const exposureBias: Experiment = {
  name: 'exposure-bias',
  ...heading,
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const found = new Map<WrittenTask, Map<Training, readonly Written[]>>();
    const all = [noisyText, runningSum].flatMap((task) => trainings.map((training) => ({ task, training })));
    for (const [i, { task, training }] of all.entries()) {
      const report = (share: number): void => lab.say((i + 0.95 * share) / all.length, `${task.name}, ${training}`);
      const own = found.get(task) ?? new Map<Training, readonly Written[]>();
      found.set(task, own.set(training, await run(lab, task, training, report)));
    }
    lab.say(1, 'done');
    const of = (task: WrittenTask, training: Training) => found.get(task)!.get(training)!;
    const [noisy, sum] = [noisyText, runningSum].map((task) => {
      const [forcing, sampling] = trainings.map((training) => of(task, training));
      return {
        isAccumulating: forcing.every(isAccumulating),
        ...{ forcing: numbersOf(forcing), sampling: numbersOf(sampling), helps: isBetterFree(forcing, sampling) },
      };
    });
    return {
      isShown: [noisy, sum].every((task) => task.isAccumulating && task.helps),
      ...prose({
        noisy,
        sum,
        width,
        batch,
        length,
        leastTrue,
        steps: budgeted(lab, fullSteps, 4),
        rows: budgeted(lab, fullRows, 8),
        learningRate,
      }),
      figures: exposureFigures(found, length, distance),
      tables: [exposureTable(found)],
      data: Object.fromEntries(
        [...found].map(([task, own]) => [
          task.name,
          Object.fromEntries([...own].map(([training, runs]) => [training, runs.map((one) => ({ ...one }))])),
        ]),
      ),
    };
  },
};
