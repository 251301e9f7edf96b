import { randomStream } from '../../../data/batch/shuffle.ts';
import { evaluating } from '../../evaluation.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { type Fit, fit } from '../../fit.ts';
import { percent } from '../../pages/number-text.ts';
import { showSpread, spreadCurve } from '../../spread.ts';
import { findMarkedToken, type Marking, markedTokenLoss, markedTokens } from '../../toys/marked-token.ts';
import { computedWeights, lengths, scores } from './computed-weight.ts';
import { arithmeticFigure, arithmeticTable, trainedFigures, trainedTable } from './figure.ts';

/** The longest sequence of a training, and those that are measured. */
const longest = 16;
const measured = [4, 8, 16, 32, 64, 128, 256];
const [fullSteps, batch, fullRows] = [1200, 32, 256];

/** A trained model and how its scores are sharpened at length n. */
interface Reading {
  readonly name: string;
  readonly marking: Marking;
  /** In training and afterwards. */
  sharpness(n: number): number;
  /** Besides, afterwards alone. */
  readonly extra: number;
}

const logarithm = (n: number): number => Math.log(n) / Math.log(longest);
const readings: readonly Reading[] = [
  { name: 'a flag marks it', marking: 'flag', sharpness: () => 1, extra: 1 },
  { name: 'greatest number', marking: 'greatest', sharpness: () => 1, extra: 1 },
  { name: 'greatest, scores · log n', marking: 'greatest', sharpness: logarithm, extra: 1 },
  { name: 'greatest, scores · 4 after training', marking: 'greatest', sharpness: () => 1, extra: 4 },
];
const [flag, greatest, scaled, sharpened] = readings;

/** What a reading gives for every seed: weight of the marked token and accuracy, at every measured length. */
interface Measured {
  readonly weights: readonly (readonly number[])[];
  readonly accuracies: readonly (readonly number[])[];
}

const train = ({ backend, seeds, budget }: Lab, { marking, sharpness }: Reading, told: (share: number) => void) =>
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
    told,
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
  title: 'Attention thins out as sequences grow',
  claim:
    'Softmax gives every input a share: with one score of 3 and all others 0, the one token gets e³/(e³ + 9) = 69 % of the weight among 10 inputs, but e³/(e³ + 99) = 17 % among 100.',
  source:
    'Hahn 2020, “Theoretical limitations of self-attention in neural sequence models”; Veličković et al. 2024, “softmax is not enough (for sharp out-of-distribution)”; for log n Chiang & Cholak 2022, “Overcoming a theoretical limitation of self-attention”',
  async run(lab) {
    const computed = await computedWeights(lab);
    const found = new Map<Reading, Measured>();
    let [fits, trained]: [readonly Fit[], Reading | undefined] = [[], undefined];
    for (const [i, reading] of [flag, scaled, greatest, sharpened].entries()) {
      const told = (share: number): void => lab.say((i + share) / 4, reading.name);
      if (reading.marking !== trained?.marking || reading.sharpness(4) !== trained.sharpness(4)) {
        fits = await train(lab, reading, told);
        trained = reading;
      }
      found.set(reading, await measure(lab, reading, fits));
      told(1);
    }
    const curves = (what: keyof Measured) =>
      new Map(readings.map((reading) => [reading.name, spreadCurve(found.get(reading)![what])] as const));
    const [weights, accuracies] = [curves('weights'), curves('accuracies')];
    const at = (reading: Reading, n: number, from = weights) => from.get(reading.name)![measured.indexOf(n)];
    const three = computed[scores.indexOf(3)];
    const [ofTen, ofHundred] = [10, 100].map((n) => three[lengths.indexOf(n)]);
    const isRight = lengths.every((n, i) => Math.abs(three[i] - Math.exp(3) / (Math.exp(3) + n - 1)) < 1e-5);
    const shown = (reading: Reading, n: number): string => showSpread(at(reading, n), percent);
    return {
      isShown: isRight && at(greatest, 256).max < at(greatest, longest).min,
      says:
        `A score of 3 gets ${percent(ofTen)} of the weight of 10 inputs and ${percent(ofHundred)} of 100. A model trained on at most ${longest} ` +
        `tokens to find the greatest number gives it ${shown(greatest, 16)} of its weight among 16 tokens and ${shown(greatest, 256)} among 256, where it names ` +
        `${showSpread(at(greatest, 256, accuracies), percent)} right; with scores multiplied by log n the weight is ${shown(scaled, 256)}, multiplied by 4 after training ${shown(sharpened, 256)}. ` +
        `A model that finds a token by a flag keeps ${shown(flag, 256)}.`,
      explanation: [
        'The weights of a softmax add up to 1, and no score makes a weight zero. Every further token takes its share, e⁰ = 1 against e³ ≈ 20: with 20 others half of the weight is gone. To keep the weight as n grows, the gap between the scores must grow like log n.',
        'Whether a trained model suffers depends on the gap that it can make. A flag is either there or not: training widens the gap without limit, to far more than the training lengths need, and nothing thins out up to 256 tokens. To find the greatest of n numbers is harder, since the second greatest comes ever closer; the gap that is enough for 16 tokens is not enough for 256, and the weight runs away to near misses.',
        'Scores multiplied by log n (in training and after) or by a constant after training sharpen the softmax and win much of the weight back. They win back less of the accuracy: where the score itself puts the wrong token first, sharpness only makes the model surer of it.',
      ],
      method: [
        'Arithmetic: the softmax of ONNX Runtime, float32, over rows with one score s and n − 1 zeros.',
        `Trained models: one attention head of width 32 with one learned query over tokens, each the sum of a vector for its value (one of 16) and a vector times its mark; a linear layer names the value of the marked token. The mark is 1 for one token and 0 for the others (flag), or uniform in [0, 1) for every token, and the greatest is wanted. ${budgeted(lab, fullSteps, 4)} updates of Adam on new batches of ${batch} sequences of one length, uniform in 2 … ${longest}; measured on ${budgeted(lab, fullRows, 8)} new sequences of each length. Scores · log n means log n / log ${longest}.`,
        'The claim counts as shown when the computed weights of score 3 are those of the formula to 10⁻⁵, and for all seeds the weight of the greatest number among 256 tokens is below that among 16.',
      ],
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
