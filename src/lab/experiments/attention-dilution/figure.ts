import { type LineChart, lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { percent } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { chance } from '../../toys/marked-token.ts';

/** Curves over the measured lengths, by the name of a model. */
type Curves = ReadonlyMap<string, readonly Spread[]>;

const share = { domain: [0, 1], format: percent } as const;

/** Weight of one token by length, for some scores. `weights`: [score][length]. */
export const arithmeticFigure = (
  scores: readonly number[],
  lengths: readonly number[],
  weights: readonly (readonly number[])[],
): Figure => ({
  name: 'arithmetic',
  caption: 'The softmax weight of one token with score s among n tokens; all others have score 0.',
  svg: lineChart({
    title: 'A score of 3 is 69 % of ten inputs, but only 17 % of a hundred',
    x: { label: 'inputs n', scale: 'log', ticks: [2, 5, 10, 20, 50, 100, 200] },
    y: { label: 'weight of the one token', ...share },
    series: scores.map((score, i) => ({
      name: `score ${score}`,
      points: lengths.map((x, j) => ({ x, y: weights[i][j] })),
    })),
  }),
});

/** Weight and accuracy of trained models by length. */
export function trainedFigures(
  lengths: readonly number[],
  longest: number,
  weights: Curves,
  accuracies: Curves,
): readonly Figure[] {
  const chart = (title: string, label: string, curves: Curves, rules: LineChart['rules'] = []): string =>
    lineChart({
      title,
      x: { label: 'tokens n', scale: 'log', ticks: lengths },
      y: { label, ...share },
      series: [...curves].map(([name, curve]) => ({ name, points: spreadPoints(lengths, curve) })),
      borders: [{ x: longest, name: `trained up to ${longest}` }],
      rules,
    });
  return [
    {
      name: 'trained',
      caption: 'Weight of the target token in trained models. Bands: smallest to largest seed.',
      svg: chart('Beyond its training lengths a model looks past what it seeks', 'weight of the wanted token', weights),
    },
    {
      name: 'accuracy',
      caption: 'How often the same models name the target token’s value.',
      svg: chart('Sharper scores win back weight, but not what was misjudged', 'named right', accuracies, [
        { y: chance, name: 'guessing' },
      ]),
    },
  ];
}

export const arithmeticTable = (
  scores: readonly number[],
  lengths: readonly number[],
  weights: readonly (readonly number[])[],
): Table => ({
  caption: 'Weight of one token with score s among n',
  columns: ['score', ...lengths.map((n) => `n = ${n}`)],
  rows: scores.map((score, i) => [String(score), ...weights[i].map((weight) => percent(weight))]),
});

/** Weight and accuracy at some lengths. */
export const trainedTable = (lengths: readonly number[], weights: Curves, accuracies: Curves): Table => {
  const some = [16, 64, 256];
  const cells = (curves: Curves, name: string) =>
    some.map((n) => showSpread(curves.get(name)![lengths.indexOf(n)], percent));
  return {
    caption: 'Trained models: mean (smallest–largest seed)',
    columns: ['the wanted token', ...some.map((n) => `weight, n = ${n}`), ...some.map((n) => `right, n = ${n}`)],
    rows: [...weights.keys()].map((name) => [name, ...cells(weights, name), ...cells(accuracies, name)]),
  };
};
