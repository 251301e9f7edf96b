import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { figures } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';

/** A model of the row, and what was measured of it. */
export interface ShapeMeasured {
  readonly layers: number;
  readonly width: number;
  readonly innerWidth: number;
  /** Of the blocks, without embeddings and output layer. */
  readonly parameters: number;
  readonly loss: Spread;
  /** Of an update, in milliseconds. */
  readonly milliseconds: Spread;
}

/** Loss by depth. `entropy`: that of the language. */
export const depthFigure = (shapes: readonly ShapeMeasured[], entropy: number): Figure => ({
  name: 'loss',
  caption:
    'Loss on new sentences after equal updates; all models have the same number of parameters. Band: smallest to largest seed.',
  svg: lineChart({
    title: 'Deep and narrow or shallow and wide: the loss hardly changes',
    x: { label: 'layers (the more, the narrower)', scale: 'log', ticks: shapes.map(({ layers }) => layers) },
    y: {
      label: 'cross entropy, nats per token',
      domain: [entropy - 0.05, Math.max(entropy + 0.45, ...shapes.map(({ loss }) => loss.max))],
    },
    series: [
      {
        name: 'models of one size',
        points: spreadPoints(
          shapes.map(({ layers }) => layers),
          shapes.map(({ loss }) => loss),
        ),
      },
    ],
    rules: [{ y: entropy, name: 'entropy of the language' }],
  }),
});

/** Time of an update by depth. */
export const timeFigure = (shapes: readonly ShapeMeasured[]): Figure => ({
  name: 'time',
  caption: 'Median time of an update on one thread of the machine that ran this. Band: smallest to largest seed.',
  svg: lineChart({
    title: 'Same number of parameters, but layers wait for each other: depth takes time',
    x: { label: 'layers (the more, the narrower)', scale: 'log', ticks: shapes.map(({ layers }) => layers) },
    y: {
      label: 'milliseconds per update',
      domain: [0, 1.1 * Math.max(...shapes.map(({ milliseconds }) => milliseconds.max))],
    },
    series: [
      {
        name: 'models of one size',
        colour: 1,
        points: spreadPoints(
          shapes.map(({ layers }) => layers),
          shapes.map(({ milliseconds }) => milliseconds),
        ),
      },
    ],
  }),
});

export const shapeTable = (shapes: readonly ShapeMeasured[]): Table => ({
  caption: 'Mean (smallest–largest seed)',
  columns: ['layers', 'width', 'feed-forward', 'parameters in blocks', 'loss', 'ms an update'],
  rows: shapes.map(({ layers, width, innerWidth, parameters, loss, milliseconds }) => [
    ...[layers, width, innerWidth].map(String),
    parameters.toLocaleString('en-US'),
    showSpread(loss, (x) => x.toFixed(3)),
    showSpread(milliseconds, (x) => figures(x)),
  ]),
});
