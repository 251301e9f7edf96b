import { randomStream } from '../../../data/batch/shuffle.ts';
import { evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { type Fit, fit } from '../../fit.ts';
import { spreadCurve } from '../../spread.ts';
import { findMarkedToken, type Marking, markedTokenLoss, markedTokens } from '../../toys/marked-token.ts';
import { computedWeights, lengths, scores } from './computed-weight.ts';
import { arithmeticFigure, arithmeticTable, trainedFigures, trainedTable } from './figure.ts';
import { heading, prose } from './text.ts';

/** The longest training sequence, and the measured lengths. */
const longest = 16;
const measured = [4, 8, 16, 32, 64, 128, 256];
const [fullSteps, batch, fullRows] = [1200, 32, 256];

/** A trained model and how its scores are sharpened at length n. */
interface Reading {
  readonly name: string;
  readonly marking: Marking;
  /** Applied in training and afterwards. */
  sharpness(n: number): number;
  /** Applied only afterwards, in addition. */
  readonly extra: number;
}

const logarithm = (n: number): number => Math.log(n) / Math.log(longest);
const readings: readonly Reading[] = [
  { name: 'a flag marks it', marking: 'flag', sharpness: () => 1, extra: 1 },
  { name: 'largest number', marking: 'greatest', sharpness: () => 1, extra: 1 },
  { name: 'largest, scores · log n', marking: 'greatest', sharpness: logarithm, extra: 1 },
  { name: 'largest, scores · 4 after training', marking: 'greatest', sharpness: () => 1, extra: 4 },
];
const [flag, greatest, scaled, sharpened] = readings;

/** Results for every seed: weight of the marked token and accuracy, at every measured length. */
interface Measured {
  readonly weights: readonly (readonly number[])[];
  readonly accuracies: readonly (readonly number[])[];
}

const train = ({ backend, seeds, budget }: Lab, { marking, sharpness }: Reading, report: (share: number) => void) =>
  fit(
    backend,
    {
      loss: markedTokenLoss,
      batch(random) {
        const n = 2 + random.below(longest - 1);
        return markedTokens(random, marking, { rows: batch, n, sharpness: sharpness(n) }).feeds;
      },
      steps: budgeted({ budget }, fullSteps, 4),
      learningRate: 3e-3,
    },
    seeds,
    report,
  );

const measure = (lab: Lab, { marking, sharpness, extra }: Reading, fits: readonly Fit[]): Promise<Measured> =>
  evaluating(lab.backend, findMarkedToken, async (evaluation) => {
    const rows = budgeted(lab, fullRows, 8);
    const [weights, accuracies]: number[][][] = [[], []];
    for (const trained of fits) {
      const seen = { weights: [] as number[], accuracies: [] as number[] };
      for (const n of measured) {
        const shape = { rows, n, sharpness: sharpness(n) * extra };
        const { feeds, places, labels } = markedTokens(randomStream(trained.seed, 0, n), marking, shape);
        const result = await evaluation.run(trained.weights, feeds);
        const own = places.map((place, row) => Number(result.weights.data[row * n + place]));
        seen.weights.push(own.reduce((sum, weight) => sum + weight, 0) / rows);
        seen.accuracies.push(labels.filter((label, row) => label === Number(result.found.data[row])).length / rows);
      }
      weights.push(seen.weights);
      accuracies.push(seen.accuracies);
    }
    return { weights, accuracies };
  });

export const attentionDilution: Experiment = {
  name: 'attention-dilution',
  ...heading,
  async run(lab) {
    const computed = await computedWeights(lab);
    const found = new Map<Reading, Measured>();
    let [fits, trained]: [readonly Fit[], Reading | undefined] = [[], undefined];
    for (const [i, reading] of [flag, scaled, greatest, sharpened].entries()) {
      const report = (share: number): void => lab.say((i + share) / 4, reading.name);
      if (reading.marking !== trained?.marking || reading.sharpness(4) !== trained.sharpness(4)) {
        fits = await train(lab, reading, report);
        trained = reading;
      }
      found.set(reading, await measure(lab, reading, fits));
      report(1);
    }
    const curves = (what: keyof Measured) =>
      new Map(readings.map((reading) => [reading.name, spreadCurve(found.get(reading)![what])] as const));
    const [weights, accuracies] = [curves('weights'), curves('accuracies')];
    const at = (reading: Reading, n: number, from = weights) => from.get(reading.name)![measured.indexOf(n)];
    const three = computed[scores.indexOf(3)];
    const isRight = lengths.every((n, i) => Math.abs(three[i] - Math.exp(3) / (Math.exp(3) + n - 1)) < 1e-5);
    return {
      isShown: isRight && at(greatest, 256).max < at(greatest, longest).min,
      ...prose({
        ofTen: three[lengths.indexOf(10)],
        ofHundred: three[lengths.indexOf(100)],
        near: at(greatest, longest),
        far: at(greatest, 256),
        scaled: at(scaled, 256),
        sharpened: at(sharpened, 256),
        flag: at(flag, 256),
        farRight: at(greatest, 256, accuracies),
        longest,
        steps: budgeted(lab, fullSteps, 4),
        batch,
        rows: budgeted(lab, fullRows, 8),
      }),
      figures: [arithmeticFigure(scores, lengths, computed), ...trainedFigures(measured, longest, weights, accuracies)],
      tables: [arithmeticTable(scores, lengths, computed), trainedTable(measured, weights, accuracies)],
      data: {
        computed: { scores, lengths, weights: computed },
        trained: {
          lengths: measured,
          ...Object.fromEntries(
            [...found].map(([{ name }, { weights, accuracies }]) => [name, { weights, accuracies }]),
          ),
        },
      },
    };
  },
};
