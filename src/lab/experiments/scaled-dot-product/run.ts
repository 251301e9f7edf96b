import type { RandomStream } from '../../../data/batch/shuffle.ts';
import type { Scope } from '../../../nn/index.ts';
import { budgeted, type Experiment, type Lab } from '../../experiment.ts';
import { fit } from '../../fit.ts';
import { smoothed, spreadCurve, spreadOf } from '../../spread.ts';
import { type ReverseShape, reverseBatch, reverseLoss } from '../../toys/reverse-text.ts';
import { lossFigure, lossTable, saturationFigures, saturationTable } from './figure.ts';
import { type Saturation, saturations } from './softmax-saturation.ts';
import { heading, prose, type RandomProducts } from './text.ts';

const widths = [1, 4, 16, 64, 256, 1024];
const [fullSteps, rows] = [400, 24];
const shape = { symbols: 32, time: 12, width: 64, layers: 2 };
/** Number of updates whose losses are averaged, for a point of a curve and for the last one. */
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
/** The trainings in the figure, and those that show whether another rate would have helped. */
const drawn = [training(64, true, 1e-3), training(64, false, 1e-3), training(8, true, 1e-3), training(8, false, 1e-3)];
const trainings = [...drawn, training(64, true, 3e-3), training(64, false, 3e-3)];

async function losses({ backend, seeds, budget }: Lab, training: Training, report: (share: number) => void) {
  const { headWidth, isScaled, learningRate } = training;
  const whole: ReverseShape = { ...shape, heads: shape.width / headWidth };
  const plan = {
    loss: (root: Scope) => reverseLoss(root, whole, { isScaled }),
    batch: (random: RandomStream) => reverseBatch(random, rows, whole),
    steps: budgeted({ budget }, fullSteps, 4),
    learningRate,
  };
  return (await fit(backend, plan, seeds, report)).map((done) => smoothed(done.losses, window));
}

export const scaledDotProduct: Experiment = {
  name: 'scaled-dot-product',
  ...heading,
  async run(lab) {
    const [scaled, plain] = [await saturations(lab, widths, true), await saturations(lab, widths, false)];
    const runs = new Map<Training, readonly (readonly number[])[]>();
    for (const [i, one] of trainings.entries()) {
      const report = (share: number): void => lab.say((i + share) / trainings.length, `training, ${one.name}`);
      runs.set(one, await losses(lab, one, report));
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
    const random = (of: typeof plain): RandomProducts => ({
      variance: at(of, 64, 'variance'),
      largest: at(of, 64, 'largest'),
      gradient: at(of, 1024, 'medianGradient'),
    });
    return {
      isShown: isVarianceRight && isSaturated && without.min > withScale.max,
      ...prose({
        plain: random(plain),
        scaled: random(scaled),
        withScale,
        without,
        shape,
        window,
        batches: budgeted(lab, 16, 2),
        steps: budgeted(lab, fullSteps, 4),
        rows,
      }),
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
