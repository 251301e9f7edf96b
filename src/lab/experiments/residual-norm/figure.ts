import { heatMap } from '../../charts/heat-map.ts';
import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { figures } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';

/** Curves by the name of a model. */
type Curves = ReadonlyMap<string, readonly Spread[]>;

/** Losses as they are drawn and counted: what is above, or no number, counts as this. */
export interface LossScale {
  readonly guessing: number;
  readonly most: number;
}

/** Training curves, each at its best rate. `every`: updates that a point stands for. */
export const curvesFigure = (curves: Curves, every: number, layers: number, scale: LossScale): Figure => ({
  name: 'training',
  caption: `Training loss of ${layers} layers, each at its best rate; values above ${scale.most} are drawn at ${scale.most}. Bands: smallest to largest seed.`,
  svg: lineChart({
    title: `${layers} layers without warm-up learn with residuals and norms before the sublayers, and hardly otherwise`,
    x: { label: 'update' },
    y: { label: 'cross entropy, nats', domain: [0, scale.most] },
    rules: [{ y: scale.guessing, name: 'guessing' }],
    series: [...curves].map(([name, curve]) => ({
      name,
      points: spreadPoints(
        curve.map((_, i) => every * (i + 1)),
        curve,
      ),
    })),
  }),
});

/** Last losses by rate. `losses`: by model, for every rate. */
export const rateFigure = (rates: readonly number[], losses: Curves, scale: LossScale): Figure => ({
  name: 'rate',
  caption: `Mean loss of the last updates at every learning rate; guessing gives ${figures(scale.guessing)}; ${scale.most} includes everything above.`,
  svg: heatMap({
    title: 'A rate that is right for one arrangement is wrong for another',
    x: { label: 'peak learning rate' },
    y: { label: '' },
    columns: rates.map(String),
    rows: [...losses.keys()],
    values: [...losses.values()].map((row) => row.map(({ mean }) => mean)),
    domain: [0, scale.most],
    show: (value) => value.toFixed(2),
  }),
});

/** How alike the places of a sequence are by layer, before training. */
export const alikeFigure = (curves: Curves): Figure => ({
  name: 'alike',
  caption: 'Mean cosine between the vectors of two positions of a sequence after every layer, before training.',
  svg: lineChart({
    title: 'Without residuals all positions of a sequence soon look alike',
    x: { label: 'layer' },
    y: { label: 'cosine between positions', domain: [0, 1] },
    series: [...curves].map(([name, curve]) => ({
      name,
      points: spreadPoints(
        curve.map((_, layer) => layer + 1),
        curve,
      ),
    })),
  }),
});

/** Gradients by layer before training. */
export const gradientFigure = (curves: Curves): Figure => ({
  name: 'gradient',
  caption: 'Norm of the gradient with respect to the second feed-forward matrix of every layer, before training.',
  svg: lineChart({
    title: 'Without normalisation residual sums grow from layer to layer, and gradients with them',
    x: { label: 'layer' },
    y: { label: 'norm of the gradient', scale: 'log' },
    series: [...curves].map(([name, curve]) => ({
      name,
      points: spreadPoints(
        curve.map((_, layer) => layer + 1),
        curve,
      ),
    })),
  }),
});

export const rateTable = (rates: readonly number[], losses: Curves): Table => ({
  caption: 'Mean loss of the last updates: mean (smallest–largest seed)',
  columns: ['arrangement', ...rates.map((rate) => `rate ${rate}`)],
  rows: [...losses].map(([name, row]) => [name, ...row.map((one) => showSpread(one, (x) => x.toFixed(2)))]),
});
