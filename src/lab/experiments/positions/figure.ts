import { barChart } from '../../charts/bar-chart.ts';
import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { percent } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { keyValueChance } from '../../toys/key-value.ts';

/** Where windows end, and where training did. */
export interface Windows {
  readonly ends: readonly number[];
  readonly trained: number;
}

/** Accuracy by place beyond the training length. */
export const extrapolationFigure = (curves: ReadonlyMap<string, readonly Spread[]>, windows: Windows): Figure => ({
  name: 'extrapolation',
  caption:
    'How often a key’s value is named correctly, by position in the sequence; training covered only the positions left of the line. Bands: smallest to largest seed.',
  svg: lineChart({
    title: `Trained on ${windows.trained} tokens: distance schemes hold up, tables and sinusoids fall`,
    x: { label: 'position in the sequence, in tokens', ticks: windows.ends },
    y: { label: 'correct values', domain: [0, 1], format: percent },
    series: [...curves].map(([name, curve]) => ({ name, points: spreadPoints(windows.ends, curve) })),
    borders: [{ x: windows.trained, name: 'end of training lengths' }],
    rules: [{ y: keyValueChance, name: 'guessing' }],
  }),
});

/** Accuracy of telling which of two tokens came first. */
export const orderFigure = (order: ReadonlyMap<string, Spread>): Figure => ({
  name: 'order',
  caption: 'Which of two tokens came first: encoders with every scheme, and a decoder without positions.',
  svg: barChart({
    title: 'Without positions an encoder sees a bag of tokens and can only guess which came first',
    x: { label: 'position scheme' },
    y: { label: 'correct', domain: [0, 1], format: percent },
    groups: [...order.keys()],
    series: [{ name: 'accuracy', values: [...order.values()] }],
    show: percent,
  }),
});

export const extrapolationTable = (curves: ReadonlyMap<string, readonly Spread[]>, windows: Windows): Table => {
  const lengths = [24, 36, 48, 96].filter((length) => windows.ends.includes(length));
  return {
    caption: 'Correct values at the end of this many tokens: mean (smallest–largest seed)',
    columns: ['positions', ...lengths.map(String)],
    rows: [...curves].map(([name, curve]) => [
      name,
      ...lengths.map((length) => showSpread(curve[windows.ends.indexOf(length)], percent)),
    ]),
  };
};
