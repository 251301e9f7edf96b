import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { percent } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';

/** Curves over sentence lengths, by the name of a model. */
type Curves = ReadonlyMap<string, readonly Spread[]>;

/** Faultless sentences and BLEU by length; `longest` is where training ended. */
export function lengthFigures(
  lengths: readonly number[],
  longest: number,
  exact: Curves,
  bleu: Curves,
): readonly Figure[] {
  const chart = (title: string, label: string, format: (value: number) => string, curves: Curves): string =>
    lineChart({
      title,
      x: { label: 'words of the sentence', ticks: [1, 5, 10, 15, 20, 25, 30] },
      y: { label, domain: [0, 1], format },
      series: [...curves].map(([name, curve]) => ({ name, points: spreadPoints(lengths, curve) })),
      borders: [{ x: longest, name: `trained up to ${longest}` }],
    });
  return [
    {
      name: 'exact-match',
      caption: 'Share of sentences of random words that were reversed without errors. Bands: smallest to largest seed.',
      svg: chart('One vector holds a few words; attention looks the others up', 'without errors', percent, exact),
    },
    {
      name: 'bleu',
      caption: 'BLEU of the same sentences, the axes of figure 2 of Bahdanau et al. 2015.',
      svg: chart('BLEU falls with length where one vector holds the sentence', 'BLEU', hundredths, bleu),
    },
  ];
}

const hundredths = (share: number): string => (100 * share).toFixed(0);

/** Both scores at some lengths. */
export function lengthTables(lengths: readonly number[], exact: Curves, bleu: Curves): readonly Table[] {
  const some = [5, 10, 20, 25, 30];
  const table = (what: string, curves: Curves, show: (value: number) => string): Table => ({
    caption: `${what} by words of the sentence: mean (smallest–largest seed)`,
    columns: ['model', ...some.map(String)],
    rows: [...curves].map(([name, curve]) => [name, ...some.map((n) => showSpread(curve[lengths.indexOf(n)], show))]),
  });
  return [table('Sentences without a fault', exact, percent), table('BLEU', bleu, (share) => (100 * share).toFixed(1))];
}
