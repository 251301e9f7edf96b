import { heatMap } from '../../charts/heat-map.ts';
import { lineChart, spreadPoints } from '../../charts/line-chart.ts';
import { percent } from '../../number-text.ts';
import type { Figure } from '../../pages/figure.ts';
import type { Table } from '../../pages/table.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { relationChance, relations } from '../../toys/relation.ts';

/** `−3`, `+1`. */
export const signed = (offset: number): string => `${offset < 0 ? '−' : offset > 0 ? '+' : ''}${Math.abs(offset)}`;

/** Quality by number of heads. */
export const qualityFigure = (width: number, quality: ReadonlyMap<number, Spread>): Figure => ({
  name: 'quality',
  caption: `Share of tokens named correctly, mean of ${relations.length} relations, after equal updates. Band: smallest to largest seed.`,
  svg: lineChart({
    title: `${relations.length} relations at once: few heads cannot attend to all, narrow heads can hardly aim`,
    x: { label: `heads (width ${width} in all)`, scale: 'log', ticks: [...quality.keys()] },
    y: { label: 'correct', domain: [0, 1], format: percent },
    series: [{ name: 'a Transformer of one layer', points: spreadPoints([...quality.keys()], [...quality.values()]) }],
    rules: [{ y: relationChance, name: 'guessing' }],
  }),
});

/** What heads look at. `rows`: a head's name and its mean weight by offset. */
export const lookFigure = (
  offsets: readonly number[],
  rows: readonly { readonly name: string; readonly weights: readonly number[] }[],
): Figure => ({
  name: 'look',
  caption: `Mean attention weight by offset, seed 0: the single head of the first model, above the heads of another. The relations are ${relations.map(signed).join(', ')}.`,
  svg: heatMap({
    title: 'Heads divide the relations among themselves; a single head must attend to several at once',
    x: { label: 'offset of the token that is attended to' },
    y: { label: 'head' },
    columns: offsets.map(signed),
    rows: rows.map(({ name }) => name),
    values: rows.map(({ weights }) => weights),
    domain: [0, 1],
    show: (value) => value.toFixed(2),
  }),
});

/** What is lost without a head. `drops`: [head][relation]. */
export const withoutFigure = (drops: readonly (readonly number[])[]): Figure => ({
  name: 'without',
  caption: 'Share of tokens that are no longer named correctly when one head’s output is set to zero, seed 0.',
  svg: heatMap({
    title: 'Remove one head: some carry a relation, others are dispensable',
    x: { label: 'relation' },
    y: { label: 'removed head' },
    columns: relations.map(signed),
    rows: drops.map((_, head) => String(head + 1)),
    values: drops.map((row) => row.map((drop) => Math.max(0, drop))),
    domain: [0, 1],
    show: (value) => (value < 0.005 ? '0 %' : percent(value)),
  }),
});

/** Quality by number of heads, all relations and each. `each`: by number of heads, for every relation. */
export const qualityTable = (
  width: number,
  quality: ReadonlyMap<number, Spread>,
  each: ReadonlyMap<number, readonly Spread[]>,
): Table => ({
  caption: 'Tokens named correctly: mean (smallest–largest seed)',
  columns: ['heads', 'width of a head', 'all', ...relations.map((offset) => `at ${signed(offset)}`)],
  rows: [...quality].map(([heads, spread]) => [
    String(heads),
    String(width / heads),
    showSpread(spread, percent),
    ...(each.get(heads) ?? []).map((one) => showSpread(one, percent)),
  ]),
});
