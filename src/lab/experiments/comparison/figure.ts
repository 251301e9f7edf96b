import { barChart } from '../../charts/bar-chart.ts';
import { lineChart } from '../../charts/line-chart.ts';
import { figures, percent } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';
import type { Contestant } from './contestant.ts';
import { showStraight, type TranslatorNeed, valueAt } from './translator-need.ts';

/** A contestant, what it needs by definition, and what was measured of it. */
export interface Compared extends Contestant {
  readonly need: TranslatorNeed;
  /** Share of sentences without a fault, by length. */
  readonly whole: readonly Spread[];
  /** Sentences read until the loss was half of guessing; undefined where some seed's never was. */
  readonly sentences: Spread | undefined;
  /** Milliseconds an update. */
  readonly milliseconds: Spread;
  /** Words written a second. */
  readonly speed: Spread;
}

/** Quality by length, and steps in sequence by length. */
export function comparisonFigures(lengths: readonly number[], compared: readonly Compared[]): readonly Figure[] {
  const times = [4, 8, 16, 32, 64, 128, 256];
  return [
    {
      name: 'quality',
      caption:
        'Share of sentences of random words that were reversed without errors, after equal updates. Whiskers: smallest to largest seed.',
      svg: barChart({
        title: 'One state holds short sentences; models that look words up keep long ones too',
        x: { label: 'words of the sentence' },
        y: { label: 'without errors', domain: [0, 1], format: percent },
        groups: lengths.map(String),
        series: compared.map(({ name, whole }) => ({ name, values: whole })),
        show: (share) => (100 * share).toFixed(0),
      }),
    },
    {
      name: 'steps',
      caption:
        'Matrix products in sequence in a forward pass over a sentence pair, counted in the graphs, not measured. RNN, LSTM and GRU have the same number.',
      svg: lineChart({
        title: 'A Transformer trains on sentences of any length in the same number of steps',
        x: { label: 'words of source and target, T', scale: 'log', ticks: times },
        y: { label: 'products in sequence', scale: 'log' },
        series: stepSeries(compared).map(({ name, of, colour }) => ({
          name,
          colour,
          points: times.map((x) => ({ x, y: valueAt(of.need.inSequence, x) })),
        })),
      }),
    },
  ];
}

/** One line for all that have the same. */
function stepSeries(compared: readonly Compared[]) {
  const groups = new Map<string, Compared[]>();
  for (const one of compared) {
    const line = showStraight(one.need.inSequence);
    groups.set(line, [...(groups.get(line) ?? []), one]);
  }
  return [...groups].map(([line, all]) => ({
    name: `${all.map(({ name }) => name).join(', ')}: ${line}`,
    of: all[0],
    colour: compared.indexOf(all[0]),
  }));
}

const showPath = ({ path }: Contestant): string => (path(2) === path(4) ? String(path(2)) : `${path(1)}·T`);

/** The table of the teaching texts: what a kind of model needs, and what it gives for it. */
export function comparisonTable(lengths: readonly number[], read: number, compared: readonly Compared[]): Table {
  const count = (n: number): string => Number(n.toPrecision(2)).toLocaleString('en-US');
  return {
    caption:
      'Sentences of T words. The first four columns are counted, the rest measured: mean (smallest–largest seed)',
    columns: [
      'model',
      'parameters',
      'steps in sequence, learning',
      'longest path',
      'numbers kept while writing',
      'sentences until the loss is halved',
      ...lengths.map((n) => `whole, ${n} words`),
      'ms an update',
      'words written a second',
    ],
    rows: compared.map((one) => [
      one.name,
      one.need.parameters.toLocaleString('en-US'),
      showStraight(one.need.inSequence),
      showPath(one),
      showStraight(one.need.state),
      one.sentences ? showSpread(one.sentences, count) : `more than ${count(read)}`,
      ...one.whole.map((share) => showSpread(share, percent)),
      showSpread(one.milliseconds, (x) => figures(x)),
      showSpread(one.speed, count),
    ]),
  };
}
