import { type LineSeries, lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { figures, percent } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { showSpread, spreadCurve, spreadOf } from '../../spread.ts';
import { noisyText, runningSum, type WrittenTask, words } from '../../toys/own-words.ts';
import type { Written } from './free-running.ts';

/** What every seed wrote, by task and by the name of a training. */
type Found = ReadonlyMap<WrittenTask, ReadonlyMap<string, readonly Written[]>>;

const from1 = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);
const share = { label: 'correct', domain: [0, 1], format: percent } as const;
const rules = [{ y: 1 / words, name: 'guessing' }];

/** Dashed after true words, solid after its own, in one colour for each training. */
const bothWays = (name: string, runs: readonly Written[], length: number, colour: number): readonly LineSeries[] =>
  (['free', 'forced'] as const).map((what) => ({
    name: `${name}, ${what === 'free' ? 'own words' : 'true words'}`,
    points: spreadPoints(from1(length), spreadCurve(runs.map((one) => one[what]))),
    isDashed: what === 'forced',
    colour,
  }));

export function exposureFigures(found: Found, length: number, distance: number): readonly Figure[] {
  const byPlace = (task: WrittenTask, title: string): string =>
    lineChart({
      title,
      x: { label: 'position in the sentence', ticks: [1, 4, 8, 12, 16] },
      y: share,
      series: [...found.get(task)!].flatMap(([name, runs], i) => bothWays(name, runs, length, i)),
      rules,
    });
  return [
    {
      name: 'noisy-text',
      caption:
        'Restoring a sentence from noise: share of correct words at every position, after true words (dashed) and after its own. Bands: smallest to largest seed.',
      svg: byPlace(noisyText, 'A model does worse after its own words than after true ones'),
    },
    {
      name: 'running-sum',
      caption: 'Writing the sum so far: a mistake enters every later sum.',
      svg: byPlace(runningSum, 'In running sums one mistake spoils the rest'),
    },
    {
      name: 'recovery',
      caption: 'How a sentence of noisy text continues after its first wrong word.',
      svg: lineChart({
        title: 'After the first mistake: how long the model takes to recover',
        x: { label: 'positions after the first wrong word', ticks: from1(distance) },
        y: share,
        series: [...found.get(noisyText)!].map(([name, runs]) => ({
          name,
          points: spreadPoints(from1(distance), spreadCurve(runs.map(({ recovery }) => recovery))),
        })),
        rules,
      }),
    },
  ];
}

export function exposureTable(found: Found): Table {
  const cell = (runs: readonly Written[], value: (one: Written) => number, show: (value: number) => string): string =>
    showSpread(spreadOf(runs.map(value)), show);
  const average = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
  return {
    caption: 'After true words and after its own: mean (smallest–largest seed)',
    columns: [
      'task, training',
      'loss, true words',
      'right, true words',
      'right, own',
      'whole, own',
      'correct after a mistake',
    ],
    rows: [...found].flatMap(([task, own]) =>
      [...own].map(([training, runs]) => [
        `${task.name}, ${training}`,
        cell(
          runs,
          ({ loss }) => loss,
          (loss) => figures(loss, 3),
        ),
        cell(
          runs,
          ({ forced }) => average(forced),
          (value) => percent(value, 3),
        ),
        cell(
          runs,
          ({ free }) => average(free),
          (value) => percent(value, 3),
        ),
        cell(runs, ({ whole }) => whole, percent),
        cell(runs, ({ recovery }) => recovery[0], percent),
      ]),
    ),
  };
}
