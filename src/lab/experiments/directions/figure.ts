import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { percent } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';

/** Curves by the name of a model. */
type Curves = ReadonlyMap<string, readonly Spread[]>;

const signed = (offset: number): string => (offset > 0 ? `+${offset}` : String(offset).replace('-', '−'));

/** Accuracy by offset, and the losses of training. */
export function directionsFigures(
  offsets: readonly number[],
  curves: Curves,
  losses: Curves,
  classes: number,
): readonly Figure[] {
  const later = offsets.filter((offset) => offset > 0).length / offsets.length;
  return [
    {
      name: 'offset',
      caption: 'How often the class of a word at this distance is named correctly. Bands: smallest to largest seed.',
      svg: lineChart({
        title: 'One direction guesses what comes later; two directions read it',
        x: { label: 'offset of the word in question: before (−) or after (+)', ticks: offsets, format: signed },
        y: { label: 'correct', domain: [0, 1], format: percent },
        series: [...curves].map(([name, curve]) => ({ name, points: spreadPoints(offsets, curve) })),
        rules: [{ y: 1 / classes, name: 'guessing' }],
      }),
    },
    {
      name: 'loss',
      caption: 'Cross entropy over all positions during training, means over 10 updates.',
      svg: lineChart({
        title: 'What a model cannot see it cannot learn: the loss of one direction stays high',
        x: { label: 'update' },
        y: { label: 'cross entropy, nats' },
        rules: [{ y: later * Math.log(classes), name: 'knows all but what comes later' }],
        series: [...losses].map(([name, curve]) => ({
          name,
          points: spreadPoints(
            curve.map((_, i) => 10 * (i + 1)),
            curve,
          ),
        })),
      }),
    },
  ];
}

export const directionsTable = (offsets: readonly number[], curves: Curves): Table => ({
  caption: 'Share of correct classes by offset: mean (smallest–largest seed)',
  columns: ['model', ...offsets.map(signed)],
  rows: [...curves].map(([name, curve]) => [name, ...curve.map((spread) => showSpread(spread, percent))]),
});
