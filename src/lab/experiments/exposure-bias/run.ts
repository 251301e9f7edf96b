import { input } from '../../../graph/index.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { floats } from '../../feed.ts';
import { fit } from '../../fit.ts';
import { figures, percent } from '../../pages/number-text.ts';
import { singleThreaded } from '../../single-thread.ts';
import { showSpread, spreadOf } from '../../spread.ts';
import { follows, isMisheard, noisyText, runningSum, type WrittenTask, words } from '../../toys/own-words.ts';
import { pairFeeds, translator, translatorLoss } from '../../toys/translator.ts';
import { exposureFigures, exposureTable } from './figure.ts';
import { type Written, written } from './free-running.ts';

/** Sentences are trained up to `length` words and measured there; `distance`: places looked at behind a mistake. */
const [width, batch, length, distance] = [48, 32, 16, 6];
const [fullSteps, fullRows, learningRate] = [1000, 400, 5e-3];
/** The probability of the true word at the end of scheduled sampling, reached after four fifths of the updates. */
const leastTrue = 0.25;

const writer = translator({ words, width }, { attention: 'additive', attention_query: 'previous' });

/** The probability that the true word is read, by the share of the training that is done. */
export const truthAt = (share: number): number => 1 - (1 - leastTrue) * Math.min(1, share / 0.8);

const trainings = ['teacher forcing', 'scheduled sampling'] as const;
type Training = (typeof trainings)[number];

async function run(lab: Lab, task: WrittenTask, training: Training, told: (share: number) => void) {
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
    told,
  );
  const found: Written[] = [];
  for (const trained of fits)
    found.push(await written(lab, writer, task, trained, { rows: budgeted(lab, fullRows, 8), length, distance }));
  return found;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What true words before it are worth to a writer, at the beginning and at the end of a sentence. */
const gap = ({ forced, free }: Pick<Written, 'forced' | 'free'>, from: number, to?: number): number =>
  mean(forced.slice(from, to)) - mean(free.slice(from, to));

/** Whether what true words are worth grows along the sentence: in the last quarter 5 points more than in the first. */
export const isAccumulating = (written: Pick<Written, 'forced' | 'free'>): boolean => {
  const quarter = Math.floor(written.free.length / 4);
  return gap(written, -quarter) >= gap(written, 0, quarter) + 0.05;
};

/** Whether every seed writes better behind its own words. */
export const isBetterFree = (
  before: readonly Pick<Written, 'free'>[],
  after: readonly Pick<Written, 'free'>[],
): boolean => after.every(({ free }, seed) => mean(free) > mean(before[seed].free));

export const exposureBias: Experiment = {
  name: 'exposure-bias',
  title: 'Whoever learnt with true words before it stumbles over its own',
  claim:
    'The discrepancy between how a sequence model is trained, on the true previous token, and used, on its own, can yield errors that accumulate quickly along the generated sequence; a training that reads ever more of its own tokens mends this.',
  source:
    'Bengio et al. 2015, “Scheduled sampling for sequence prediction with recurrent neural networks”; the name exposure bias is Ranzato et al. 2016; for doubts Huszár 2015, “How (not) to train your generative model”',
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const found = new Map<WrittenTask, Map<Training, readonly Written[]>>();
    const all = [noisyText, runningSum].flatMap((task) => trainings.map((training) => ({ task, training })));
    for (const [i, { task, training }] of all.entries()) {
      const told = (share: number): void => lab.say((i + 0.95 * share) / all.length, `${task.name}, ${training}`);
      const own = found.get(task) ?? new Map<Training, readonly Written[]>();
      found.set(task, own.set(training, await run(lab, task, training, told)));
    }
    lab.say(1, 'done');
    const of = (task: WrittenTask, training: Training) => found.get(task)!.get(training)!;
    const [noisy, sum] = [noisyText, runningSum].map((task) => trainings.map((training) => of(task, training)));
    const last = length - length / 4;
    const share = (runs: readonly Written[], what: 'forced' | 'free', from = 0): string =>
      showSpread(spreadOf(runs.map((one) => mean(one[what].slice(from)))), percent);
    const loss = (runs: readonly Written[]): string => showSpread(spreadOf(runs.map((one) => one.loss)), figures);
    const [helpsNoisy, helpsSum] = [noisy, sum].map(([forcing, sampling]) => isBetterFree(forcing, sampling));
    const verb = (helps: boolean): string => (helps ? 'helps' : 'does not help');
    return {
      isShown: [...noisy[0], ...sum[0]].every(isAccumulating) && helpsNoisy && helpsSum,
      says:
        `Taught with true words, a writer of running sums names ${share(sum[0], 'forced')} right behind true words and ${share(sum[0], 'free')} behind its own, in the last ` +
        `quarter of a sentence ${share(sum[0], 'forced', last)} and ${share(sum[0], 'free', last)}; a writer of noisy text ${share(noisy[0], 'forced')} and ${share(noisy[0], 'free')}. ` +
        `Scheduled sampling ${verb(helpsNoisy)} with noisy text: ${share(noisy[1], 'free')} behind its own words, though the loss with true words is ${loss(noisy[1])} ` +
        `instead of ${loss(noisy[0])}. It ${verb(helpsSum)} with running sums at the same number of updates: ${share(sum[1], 'free')}.`,
      explanation: [
        'With teacher forcing the word before is always right, so the model learns to trust it. When it writes alone the word before is its own; where that is wrong the model is in a place that it never saw in training, and goes on from the mistake as if it were the truth. The gap between the dashed lines (true words before it) and the solid ones (its own) is what this costs. A model that makes no mistakes has no such gap: the tasks and the training are chosen so that it makes some.',
        'In noisy text the source goes on and contradicts a mistake, so that mistakes are left behind within a few words. Scheduled sampling teaches how much the word before is worth when it is one’s own: less. The price is a worse loss under teacher forcing, which is why that loss is not the number to choose by.',
        'In running sums the word before is half of the task: true, it makes the task an addition of two numbers; wrong, the whole sum must be known from the source. Sampling takes the easy lesson away before it is learnt, and asks to say the right sum behind a wrong one. Whether it pays depends on whether the way back from a mistake can be learnt within the training.',
      ],
      method: [
        `Model: recurrent_seq2seq, one GRU layer of width ${width} on either side, encoder in both directions, additive attention. ${budgeted(lab, fullSteps, 4)} updates of Adam (peak rate ${learningRate}, falling to 0) on new batches of ${batch} sentences of one length, uniform in 1 … ${length}. Scheduled sampling reads the true word with a probability that falls linearly from 1 to ${leastTrue} over the first four fifths of the updates, else its own best one; in everything else the trainings are alike.`,
        `Noisy text: each of ${words} words is followed by the next one in ${follows} %, else by any; the source is the sentence in which ${isMisheard} % of the words are replaced by any. Running sum: the source is random numbers below ${words}, the target their sums so far modulo ${words}.`,
        `Measured on ${budgeted(lab, fullRows, 8)} new sentences of ${length} words: the best word behind the true ones, and greedy decoding.`,
        'The claim counts as shown when in both tasks, for all seeds, true words are worth at least 5 points more in the last quarter of a sentence than in the first under teacher forcing, and scheduled sampling names more words right behind its own.',
      ],
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
