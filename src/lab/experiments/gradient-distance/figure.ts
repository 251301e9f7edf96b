import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { figures } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { recalled } from '../../toys/recall.ts';

/** Curves by the name of a model. */
type Curves = ReadonlyMap<string, readonly Spread[]>;

/** Gradient by distance at initialisation. */
export const decayFigure = (curves: Curves): Figure => ({
  name: 'decay',
  caption:
    'Norm of the gradient with respect to a token’s vector, as a share of that of the last token; before training. Bands: smallest to largest seed.',
  svg: lineChart({
    title: 'Step by step the gradient vanishes in recurrent networks; gates slow it down, attention skips the steps',
    x: { label: 'distance from the end, in tokens' },
    y: { label: 'gradient, share of the last token’s', scale: 'log' },
    series: [...curves].map(([name, curve]) => ({
      name,
      points: spreadPoints(
        curve.map((_, k) => k),
        curve,
      ),
    })),
  }),
});

/** Loss of recalling the first token. */
export const recallFigure = (curves: Curves, lag: number): Figure => ({
  name: 'recall',
  caption: `Learning to name the first of ${lag + 1} tokens after the last one: the faster the loss falls, the better.`,
  svg: lineChart({
    title: `Models learn what came ${lag} tokens ago if its gradient survives`,
    x: { label: 'update' },
    y: { label: 'cross entropy, nats' },
    rules: [{ y: Math.log(recalled), name: `guessing one of ${recalled}` }],
    series: [...curves].map(([name, curve]) => ({
      name,
      points: spreadPoints(
        curve.map((_, i) => 10 * (i + 1)),
        curve,
      ),
    })),
  }),
});

const distances = [1, 5, 10, 20, 40, 60];

export const decayTable = (curves: Curves): Table => ({
  caption:
    'The gradient at some distances, as a share of that at the last token: geometric mean (smallest–largest seed)',
  columns: ['model', ...distances.map(String)],
  rows: [...curves].map(([name, curve]) => [name, ...distances.map((k) => showSpread(curve[k], figures))]),
});
