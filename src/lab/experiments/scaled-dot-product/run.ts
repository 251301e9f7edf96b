import type { RandomStream } from '../../../data/batch/shuffle.ts';
import type { Scope } from '../../../nn/index.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { figures, percent } from '../../pages/number-text.ts';
import { showSpread, smoothed, spreadCurve, spreadOf } from '../../spread.ts';
import { type ReverseShape, reverseBatch, reverseLoss } from '../../toys/reverse-text.ts';
import { lossFigure, lossTable, saturationFigures, saturationTable } from './figure.ts';
import { keys, type Saturation, saturations } from './softmax-saturation.ts';

const widths = [1, 4, 16, 64, 256, 1024];
const [fullSteps, rows] = [400, 24];
const shape = { symbols: 32, time: 12, width: 64, layers: 2 };
/** Updates whose losses are averaged, for a point of a curve and for the last one. */
const window = 10;

/** One training of the Transformer. */
interface Training {
  readonly name: string;
  readonly headWidth: number;
  readonly isScaled: boolean;
  readonly learningRate: number;
}

const training = (headWidth: number, isScaled: boolean, learningRate: number): Training => ({
  name: `d_k = ${headWidth}, ${isScaled ? 'with' : 'without'} 1/√d_k`,
  ...{ headWidth, isScaled, learningRate },
});
/** Those that are drawn, and those that tell whether another rate would have helped. */
const drawn = [training(64, true, 1e-3), training(64, false, 1e-3), training(8, true, 1e-3), training(8, false, 1e-3)];
const trainings = [...drawn, training(64, true, 3e-3), training(64, false, 3e-3)];

async function losses({ backend, seeds, budget }: Lab, training: Training, told: (share: number) => void) {
  const { headWidth, isScaled, learningRate } = training;
  const whole: ReverseShape = { ...shape, heads: shape.width / headWidth };
  const plan = {
    loss: (root: Scope) => reverseLoss(root, whole, { isScaled }),
    batch: (random: RandomStream) => reverseBatch(random, rows, whole),
    steps: budgeted({ budget }, fullSteps, 4),
    learningRate,
  };
  return (await fit(backend, plan, seeds, told)).map((done) => smoothed(done.losses, window));
}

export const scaledDotProduct: Experiment = {
  name: 'scaled-dot-product',
  title: 'Why dot products are divided by √d_k',
  claim:
    'For large values of d_k, the dot products grow large in magnitude, pushing the softmax function into regions where it has extremely small gradients.',
  source:
    'Vaswani et al. 2017, “Attention is all you need”, section 3.2.1 with footnote 4: q·k has mean 0 and variance d_k',
  async run(lab) {
    const [scaled, plain] = [await saturations(lab, widths, true), await saturations(lab, widths, false)];
    const runs = new Map<Training, readonly (readonly number[])[]>();
    for (const [i, one] of trainings.entries()) {
      const told = (share: number): void => lab.say((i + share) / trainings.length, `training, ${one.name}`);
      runs.set(one, await losses(lab, one, told));
    }
    const last = (one: Training) => spreadOf(runs.get(one)!.map((curve) => curve[curve.length - 1]));
    const at = (of: typeof plain, width: number, what: keyof Saturation) =>
      spreadOf(of[widths.indexOf(width)].map((one) => one[what]));
    const ofWidth64 = trainings.filter(({ headWidth }) => headWidth === 64);
    const best = (isScaled: boolean) =>
      ofWidth64
        .filter((one) => one.isScaled === isScaled)
        .map(last)
        .sort((a, b) => a.mean - b.mean)[0];
    const [withScale, without] = [best(true), best(false)];
    const isVarianceRight = widths.every((width) => Math.abs(at(plain, width, 'variance').mean / width - 1) < 0.15);
    const isSaturated = at(plain, 1024, 'medianGradient').max < at(scaled, 1024, 'medianGradient').min / 10;
    const share = (of: typeof plain): string => showSpread(at(of, 64, 'largest'), percent);
    const nats = (value: number): string => figures(value);
    return {
      isShown: isVarianceRight && isSaturated && without.min > withScale.max,
      says:
        `At d_k = 64 the products have variance ${showSpread(at(plain, 64, 'variance'), (value) => figures(value, 3))}, with the scale ${showSpread(at(scaled, 64, 'variance'), (value) => figures(value, 3))}; ` +
        `one of ${keys} keys then takes ${share(plain)} of the weight instead of ${share(scaled)}. ` +
        `At d_k = 1024 the gradient that the softmax lets through to the scores of the median query is ${showSpread(at(plain, 1024, 'medianGradient'), figures)} without the scale and ${showSpread(at(scaled, 1024, 'medianGradient'), figures)} with it. ` +
        `A Transformer with d_k = 64 that learns to write backwards ends at ${showSpread(withScale, nats)} nats with the scale and at ${showSpread(without, nats)} without it (guessing: ${figures(Math.log(shape.symbols))}), each at its better learning rate.`,
      explanation: [
        'A product q·k is a sum of d_k terms. When the components are independent with mean 0 and variance 1, each term has variance 1 and the sum has d_k: scores of ±8 for d_k = 64, of ±32 for d_k = 1024. Divided by √d_k they have variance 1 for any width.',
        'The softmax of scores that lie far apart has nearly all its weight on one key. Nothing has been learnt by then: which key it is, chance decides. And where one weight is nearly 1 all derivatives w_i(δ_ij − w_j) are nearly 0, so that no gradient comes back to correct it. It is the typical query that gets none; in a few two keys happen to tie, which keeps the mean of the gradient up (see the table).',
        'That is what training shows: with one head of 64 the model without the scale stays near guessing, at either learning rate, while the same model with the scale learns to write backwards. With eight heads of width 8 the scores are ±3 at most; the model without the scale learns too, only later. Hence the remark in the paper that dot products do as well as additive attention for small d_k.',
      ],
      method: [
        `Random products: in each of ${budgeted(lab, 16, 2)} batches 32 queries and ${keys} keys with components N(0, 1); scores, softmax and the gradient by the scores run on ONNX Runtime in float32, the same graph with the factor 1/√d_k and with 1.`,
        `Training: a Transformer encoder of ${shape.layers} layers, width ${shape.width}, normalisation behind the sublayers, weights N(0, 1/D), sinusoidal positions, writes ${shape.time} random symbols out of ${shape.symbols} backwards, every place at once; ${budgeted(lab, fullSteps, 4)} updates of Adam (a tenth of them warm-up, gradients clipped at norm 1) on new batches of ${rows}, rate 0.001 in the figure, for d_k = 64 also 0.003. Losses are means over ${window} updates. Without the scale queries and keys are each multiplied by the fourth root of d_k, which takes it back.`,
        'The claim counts as shown when the variance of q·k is within 15 % of d_k for every width, the median gradient at d_k = 1024 is ten times smaller without the scale for all seeds, and at d_k = 64 every seed ends higher without the scale than with it, each at its better rate.',
      ],
      figures: [
        lossFigure(new Map(drawn.map((one) => [one.name, spreadCurve(runs.get(one)!)])), shape.symbols, window),
        ...saturationFigures(widths, scaled, plain),
      ],
      tables: [
        saturationTable(widths, scaled, plain),
        lossTable(trainings.map((one) => ({ ...one, last: last(one) }))),
      ],
      data: {
        widths,
        with_scale: scaled.map((ofSeeds) => ofSeeds.map((one) => ({ ...one }))),
        without_scale: plain.map((ofSeeds) => ofSeeds.map((one) => ({ ...one }))),
        losses: trainings.map((one) => ({ name: one.name, learning_rate: one.learningRate, by_seed: runs.get(one)! })),
      },
    };
  },
};
