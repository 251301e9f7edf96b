import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { figures, percent } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { geometricSpread, type Spread, showSpread, spreadOf } from '../../spread.ts';
import { keys, type Saturation } from './softmax-saturation.ts';

/** [width][seed] */
type BySeed = readonly (readonly Saturation[])[];

const spreads = (found: BySeed, what: keyof Saturation, spread = spreadOf): readonly Spread[] =>
  found.map((ofSeeds) => spread(ofSeeds.map((one) => one[what])));

/** Losses of the trainings by update. */
export const lossFigure = (
  curves: ReadonlyMap<string, readonly Spread[]>,
  symbols: number,
  window: number,
): Figure => ({
  name: 'training',
  caption:
    'A Transformer of width 64 learns to reverse a sequence: one head of d_k = 64, or eight of d_k = 8. Bands: smallest to largest seed.',
  svg: lineChart({
    title: 'Without 1/√d_k a head of width 64 does not learn, one of width 8 learns later',
    x: { label: 'update' },
    y: { label: 'cross entropy, nats' },
    rules: [{ y: Math.log(symbols), name: `guessing one of ${symbols}` }],
    series: [...curves].map(([name, curve]) => ({
      name,
      points: spreadPoints(
        curve.map((_, i) => window * (i + 1)),
        curve,
      ),
    })),
  }),
});

/** Variance, greatest weight and gradient by width. */
export function saturationFigures(widths: readonly number[], scaled: BySeed, plain: BySeed): readonly Figure[] {
  const x = { label: 'width of queries and keys, d_k', scale: 'log', ticks: widths } as const;
  const series = (what: keyof Saturation, spread = spreadOf) => [
    { name: 'with 1/√d_k', points: spreadPoints(widths, spreads(scaled, what, spread)) },
    { name: 'without', points: spreadPoints(widths, spreads(plain, what, spread)) },
  ];
  return [
    {
      name: 'variance',
      caption: 'Variance of q·k for queries and keys with independent components of mean 0 and variance 1.',
      svg: lineChart({
        title: 'The variance of a dot product is its number of terms',
        x,
        y: { label: 'variance of the scores', scale: 'log' },
        series: [
          ...series('variance', geometricSpread),
          { name: 'd_k', isDashed: true, colour: 5, points: widths.map((width) => ({ x: width, y: width })) },
        ],
      }),
    },
    {
      name: 'largest',
      caption: `Mean of the largest of a query’s ${keys} weights; equal weights would be ${percent(1 / keys)}.`,
      svg: lineChart({
        title: 'Large scores: the softmax has chosen before the model learns anything',
        x,
        y: { label: 'largest weight', domain: [0, 1], format: percent },
        rules: [{ y: 1 / keys, name: 'equal weights' }],
        series: series('largest'),
      }),
    },
    {
      name: 'gradient',
      caption: `Norm of the gradient with respect to the scores of the median query, when a random gradient N(0, 1) arrives at each of its ${keys} weights.`,
      svg: lineChart({
        title: 'A softmax that has chosen lets little gradient through',
        x,
        y: { label: 'norm of the gradient', scale: 'log' },
        series: series('medianGradient', geometricSpread),
      }),
    },
  ];
}

const kinds = [
  ['variance', 'variance'],
  ['largest weight', 'largest'],
  ['entropy / log n', 'entropy'],
  ['gradient, median', 'medianGradient'],
  ['gradient, mean', 'meanGradient'],
] as const;

export const saturationTable = (widths: readonly number[], scaled: BySeed, plain: BySeed): Table => ({
  caption: `Scores and softmax weights of random queries over ${keys} random keys, without / with the scale: means over seeds`,
  columns: ['d_k', ...kinds.map(([label]) => label)],
  rows: widths.map((width, i) => [
    String(width),
    ...kinds.map(([, what]) => [plain, scaled].map((found) => figures(spreads(found, what)[i].mean)).join(' / ')),
  ]),
});

/** How the trainings end. */
export const lossTable = (
  trainings: readonly { readonly name: string; readonly learningRate: number; readonly last: Spread }[],
): Table => ({
  caption: 'Loss of the last updates of the trainings, nats: mean (smallest–largest seed)',
  columns: ['training', 'learning rate', 'loss'],
  rows: trainings.map(({ name, learningRate, last }) => [
    name,
    String(learningRate),
    showSpread(last, (value) => figures(value)),
  ]),
});
