import { randomStream } from '../../../data/batch/shuffle.ts';
import { evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { type Fit, fit } from '../../fit.ts';
import { percent } from '../../pages/number-text.ts';
import { singleThreaded } from '../../single-thread.ts';
import { showSpread, smoothed, spreadCurve, spreadOf } from '../../spread.ts';
import {
  bestTags,
  classes,
  type NeighbourTagger,
  offsets,
  reach,
  tagBatch,
  tagLoss,
  words,
} from '../../toys/neighbour-tagger.ts';
import { directionsFigures, directionsTable } from './figure.ts';

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

const train = ({ backend, seeds, budget }: Lab, tagger: NeighbourTagger, told: (share: number) => void) =>
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
    told,
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

/** Means over the offsets of one side of a word, for every seed. `sign`: −1 before, 1 behind it. */
const side = (runs: readonly (readonly number[])[], sign: -1 | 1): readonly number[] =>
  runs.map((run) => mean(run.filter((_, i) => Math.sign(offsets[i]) === sign)));

/**
 * Whether two directions tell what comes later and one does not, and nothing is lost of what came before. `one`, `two`:
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
  title: 'What comes later is read from the other side',
  claim:
    'A bidirectional recurrent network can use all input of the past and the future of a place in a sequence; an ordinary one sees the future only as far as its output is delayed.',
  source:
    'Schuster & Paliwal 1997, “Bidirectional recurrent neural networks”, sections I and II; Graves & Schmidhuber 2005, “Framewise phoneme classification with bidirectional LSTM”, which compares delays too',
  async run(given) {
    const lab = { ...given, backend: singleThreaded(given.backend) };
    const found = new Map<NeighbourTagger, readonly (readonly number[])[]>();
    const losses = new Map<string, readonly (readonly number[])[]>();
    for (const [i, tagger] of taggers.entries()) {
      const told = (share: number): void => lab.say((i + share) / taggers.length, tagger.name);
      const fits = await train(lab, tagger, told);
      losses.set(
        tagger.name,
        fits.map((one) => smoothed(one.losses, 10)),
      );
      found.set(tagger, await accuracies(lab, tagger, fits));
    }
    const curves = new Map([...found].map(([{ name }, runs]) => [name, spreadCurve(runs)] as const));
    const learnt = new Map([...losses].map(([name, runs]) => [name, spreadCurve(runs)] as const));
    const of = (tagger: NeighbourTagger, sign: -1 | 1): string =>
      showSpread(spreadOf(side(found.get(tagger)!, sign)), percent);
    const guess = percent(1 / classes);
    return {
      isShown: isFutureShown(found.get(forward)!, found.get(both)!),
      says:
        `Of the classes of the ${reach} words before, one direction names ${of(forward, -1)} right, both directions ${of(both, -1)}; of those of the ${reach} words ` +
        `behind ${of(forward, 1)}, where guessing gives ${guess}, and ${of(both, 1)}. One direction that answers ${reach} words late names ` +
        `${of(late, -1)} of the former and ${of(late, 1)} of the latter.`,
      explanation: [
        'A recurrent net that reads from left to right knows at a word what it has read so far. What it is to say about the next word does not depend on training: it has not seen it. In real text the past hints at what follows, which hides the gap; the words here are drawn independently, so that only reading can help.',
        'A second net from right to left brings the other half. Both are half as wide here, so that a word’s vector is as wide and the model no larger: what is gained comes from the direction, not from size.',
        'The older way out is to answer late. It reaches exactly as far as the delay, and everything in between must be kept in one state: it helps where the future that counts is near, and is the only way where the text is still being spoken.',
      ],
      method: [
        `Models: recurrent_encoder, one LSTM layer, vectors of width ${width}, state of width ${width} in one direction or ${width / 2} in each of two; a linear layer gives for every word ${offsets.length} tags of ${classes} classes. Initial weights as in PyTorch.`,
        `Data: sentences of ${time} of ${words} words, uniform and independent, each word of one of ${classes} classes; a word’s tags are its own class and those of the ${reach} words before and behind it. ${budgeted(lab, fullSteps, 4)} updates of Adam (peak rate ${learningRate}, falling to 0) on new batches of ${batch} sentences; measured on ${budgeted(lab, fullRows, 8)} new sentences, at words with ${reach} neighbours on either side.`,
        `The claim counts as shown when for all seeds, on average over the ${reach} words behind, one direction stays within 5 points of guessing and both directions name more than 80 %, and over those before both directions lose at most 10 points to one.`,
      ],
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
