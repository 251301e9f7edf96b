import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { figures } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread, spreadOf } from '../../spread.ts';
import type { LayerWork } from './layer-work.ts';
import type { Layer, Pass } from './timed-layer.ts';

/** Milliseconds by length, for every layer. */
export type Times = ReadonlyMap<Layer, readonly Spread[]>;

const chart = (title: string, lengths: readonly number[], times: Times): string =>
  lineChart({
    title,
    x: { label: 'tokens of a sequence, T', scale: 'log', ticks: lengths },
    y: { label: 'milliseconds', scale: 'log' },
    series: [...times].map(([{ name }, curve]) => ({ name, points: spreadPoints(lengths, curve) })),
  });

/** Time by length with equally many tokens at every length, for both passes, and of one sequence. */
export function timeFigures(
  lengths: readonly number[],
  tokens: number,
  equal: ReadonlyMap<Pass, Times>,
  alone: Times,
): readonly Figure[] {
  const cut = [...equal].map(([pass, times]) => ({
    name: pass === 'forward' ? 'time' : 'time-both-ways',
    caption: `Time of a ${pass} pass over ${tokens.toLocaleString('en-US')} tokens, cut into sequences of T, on one thread. Bands: smallest to largest seed.`,
    svg: chart('The same tokens in longer sequences: recurrence waits step by step', lengths, times),
  }));
  const one = {
    name: 'one-sequence',
    caption: 'Time of a forward pass over a single sequence, on one thread. Bands: smallest to largest seed.',
    svg: chart('One sequence: a recurrent layer takes its time for every token', lengths, alone),
  };
  return [...cut, one];
}

/** What follows from the graphs alone. */
export function workTable(lengths: readonly number[], works: readonly LayerWork[]): Table {
  const ends = [0, lengths.length - 1];
  const of = (what: string) => ends.map((i) => `${what}, T = ${lengths[i]}`);
  const count = (n: number): string => n.toLocaleString('en-US');
  return {
    caption: 'Counted in the graphs, before anything runs',
    columns: [
      'layer',
      ...of('products in sequence'),
      ...of('forward and backward'),
      ...of('multiply-adds a token'),
      ...of('path from first to last token'),
    ],
    rows: works.map(({ layer, inSequence, inSequenceBothWays, perToken, path }) => [
      layer.name,
      ...[inSequence, inSequenceBothWays, perToken].flatMap((all) => ends.map((i) => count(all[i]))),
      ...ends.map((i) => path(lengths[i])?.toString() ?? 'none'),
    ]),
  };
}

export const growthTable = (
  lengths: readonly number[],
  growths: readonly { readonly layer: Layer; readonly pass: Pass; readonly growth: readonly number[] }[],
): Table => ({
  caption: `How many times longer the same tokens take in sequences of ${lengths[lengths.length - 1]} than in sequences of ${lengths[0]}: mean (smallest–largest seed)`,
  columns: ['layer', 'pass', 'growth'],
  rows: growths.map(({ layer, pass, growth }) => [layer.name, pass, showSpread(spreadOf(growth), (x) => figures(x))]),
});

export const threadTable = (time: number, speedups: ReadonlyMap<Layer, Spread>): Table => ({
  caption: `Gain from a second thread, forward in sequences of ${time}: time with one over time with two, mean (smallest–largest seed). Meaningless on a machine with busy cores`,
  columns: ['layer', 'one thread’s time over two threads’'],
  rows: [...speedups].map(([{ name }, speedup]) => [name, showSpread(speedup, (x) => figures(x))]),
});
