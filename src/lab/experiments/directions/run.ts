import { randomStream } from '../../../data/batch/shuffle.ts';
import { evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { type Fit, fit } from '../../fit.ts';
import { singleThreaded } from '../../single-thread.ts';
import { smoothed, spreadCurve, spreadOf } from '../../spread.ts';
import {
  bestTags,
  classes,
  type NeighbourTagger,
  offsets,
  reach,
  tagBatch,
  tagLoss,
} from '../../toys/neighbour-tagger.ts';
import { directionsFigures, directionsTable } from './figure.ts';
import { heading, prose, type Sides } from './text.ts';

const [width, time, batch] = [64, 24, 32];
const [fullSteps, fullRows, learningRate] = [600, 400, 5e-3];

const forward: NeighbourTagger = { name: 'one direction', isBidirectional: false, width, delay: 0 };
const late: NeighbourTagger = {
  name: `one direction, ${reach} words late`,
  isBidirectional: false,
  width,
  delay: reach,
};
const both: NeighbourTagger = { name: 'both directions', isBidirectional: true, width, delay: 0 };
const taggers = [forward, both, late];

const train = ({ backend, seeds, budget }: Lab, tagger: NeighbourTagger, report: (share: number) => void) =>
  fit(
    backend,
    {
      loss: (root) => tagLoss(root, tagger),
      batch: (random) => tagBatch(random, batch, time, tagger),
      steps: budgeted({ budget }, fullSteps, 4),
      schedule: 'linear',
      learningRate,
    },
    seeds,
    report,
  );

/** Accuracy at every offset, on new sentences that are the same for every tagger of a seed. */
const accuracies = (lab: Lab, tagger: NeighbourTagger, fits: readonly Fit[]) =>
  evaluating(
    lab.backend,
    (root) => bestTags(root, tagger),
    async (evaluation) => {
      const runs: number[][] = [];
      for (const { seed, weights } of fits) {
        const feeds = tagBatch(randomStream(seed, 0), budgeted(lab, fullRows, 8), time, tagger);
        const { best } = await evaluation.run(weights, feeds);
        const labels = feeds.labels.data;
        runs.push(
          offsets.map((_, at) => {
            const asked = [...labels.keys()].filter((i) => i % offsets.length === at && labels[i] >= 0);
            return asked.filter((i) => Number(best.data[i]) === labels[i]).length / asked.length;
          }),
        );
      }
      return runs;
    },
  );

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Means over the offsets of one side of a word, for every seed. `sign`: −1 before, 1 after it. */
const side = (runs: readonly (readonly number[])[], sign: -1 | 1): readonly number[] =>
  runs.map((run) => mean(run.filter((_, i) => Math.sign(offsets[i]) === sign)));

/**
 * Whether two directions name what comes later, one does not, and nothing is lost for what came before. `one`, `two`:
 * accuracy at every offset, for every seed.
 */
export function isFutureShown(one: readonly (readonly number[])[], two: readonly (readonly number[])[]): boolean {
  const chance = 1 / classes;
  return (
    Math.max(...side(one, 1)) < chance + 0.05 &&
    Math.min(...side(two, 1)) > 0.8 &&
    Math.min(...side(two, -1)) > Math.max(...side(one, -1)) - 0.1
  );
}

export const directions: Experiment = {
  name: 'directions',
  ...heading,
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const found = new Map<NeighbourTagger, readonly (readonly number[])[]>();
    const losses = new Map<string, readonly (readonly number[])[]>();
    for (const [i, tagger] of taggers.entries()) {
      const report = (share: number): void => lab.say((i + share) / taggers.length, tagger.name);
      const fits = await train(lab, tagger, report);
      losses.set(
        tagger.name,
        fits.map((one) => smoothed(one.losses, 10)),
      );
      found.set(tagger, await accuracies(lab, tagger, fits));
    }
    const curves = new Map([...found].map(([{ name }, runs]) => [name, spreadCurve(runs)] as const));
    const learnt = new Map([...losses].map(([name, runs]) => [name, spreadCurve(runs)] as const));
    const sides = (tagger: NeighbourTagger): Sides => {
      const [before, after] = ([-1, 1] as const).map((sign) => spreadOf(side(found.get(tagger)!, sign)));
      return { before, after };
    };
    return {
      isShown: isFutureShown(found.get(forward)!, found.get(both)!),
      ...prose({
        forward: sides(forward),
        both: sides(both),
        late: sides(late),
        width,
        time,
        batch,
        steps: budgeted(lab, fullSteps, 4),
        rows: budgeted(lab, fullRows, 8),
        learningRate,
      }),
      figures: directionsFigures(offsets, curves, learnt, classes),
      tables: [directionsTable(offsets, curves)],
      data: {
        offsets,
        accuracy: Object.fromEntries([...found].map(([{ name }, runs]) => [name, runs])),
        loss_by_step: Object.fromEntries(losses),
      },
    };
  },
};
