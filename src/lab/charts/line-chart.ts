import {
  area,
  line,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
  symbolWye,
} from 'd3-shape';
import { escapeMarkup, short } from '../../inspect/markup.ts';
import { InputError } from '../../io/error.ts';
import { chartText, figures } from '../number-text.ts';
import type { Spread } from '../spread.ts';
import { type ChartHead, chartSize, colourOf, type Scale, scaleOf, ticksOf } from './chart.ts';
import { chartSvg, horizontalAxis, sheetOf, verticalAxis, widest } from './chart-frame.ts';

/** A point of a line; with `low` and `high`, a band shows the spread. */
export interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

export interface LineSeries {
  readonly name: string;
  readonly points: readonly LinePoint[];
  /** Draws a dashed line, for computed rather than measured values. */
  readonly isDashed?: boolean;
  /** Index of the colour and marker in the palette; the index of the series when absent. */
  readonly colour?: number;
}

export interface LineChart extends ChartHead {
  readonly series: readonly LineSeries[];
  /** Named horizontal lines, such as the value of chance. */
  readonly rules?: readonly { readonly y: number; readonly name: string }[];
  /** Named vertical lines, such as the end of training lengths. */
  readonly borders?: readonly { readonly x: number; readonly name: string }[];
}

/** Points of a line from the spread at every `x`. */
export const spreadPoints = (xs: readonly number[], spreads: readonly Spread[]): readonly LinePoint[] =>
  spreads.map(({ mean, min, max }, i) => ({ x: xs[i], y: mean, low: min, high: max }));

const markers = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolWye, symbolStar, symbolCross];
/** Most markers on a line. */
const mostMarkers = 12;

const marker = (colour: number): string => symbol(markers[colour % markers.length], 90)() ?? '';
const dashes = (series: LineSeries): string => (series.isDashed ? ' stroke-dasharray="8 6"' : '');

/**
 * Lines over a common axis, each with the band of its spread, as a self-contained SVG element.
 *
 * @throws {InputError} when a series has no point, or a number does not fit its axis.
 */
export function lineChart(chart: LineChart): string {
  const { title, x, y, series, rules = [], borders = [] } = chart;
  const empty = series.find(({ points }) => points.length === 0);
  if (empty) throw new InputError(`chart: expected points, got none, at series "${empty.name}"`);
  const points = series.flatMap((one) => one.points);
  const heights = [
    ...points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]),
    ...rules.map((rule) => rule.y),
  ];
  const tickTexts = ticksOf(y, scaleOf(y, heights, [1, 0])).map(({ text }) => text);
  const entries = series.map((one, i) => ({ name: one.name, sample: sampleOf(one, one.colour ?? i) }));
  const { area: plot, markup } = sheetOf(title, entries, widest(tickTexts));
  const across = scaleOf(
    x,
    [...points.map((point) => point.x), ...borders.map((border) => border.x)],
    [plot.left, plot.right],
  );
  const up = scaleOf(y, heights, [plot.bottom, plot.top]);
  const ticks = ticksOf(x, across, 9).map(({ at, text }) => ({ at: across(at), text }));
  const bands = series.map((one, i) => band(one, one.colour ?? i, across, up));
  const lines = series.map((one, i) => drawn(one, one.colour ?? i, across, up));
  const ruled = rules.map(
    (rule) =>
      `<path d="M${plot.left} ${short(up(rule.y))}H${plot.right}" stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="2 5"/>` +
      `<text x="${plot.right}" y="${short(up(rule.y) + (up(rule.y) < plot.top + 30 ? 19 : -7))}" text-anchor="end" font-size="${chartSize.tick}" fill-opacity="0.8">${chartText(rule.name)}</text>`,
  );
  const bordered = borders.map(
    (border) =>
      `<path d="M${short(across(border.x))} ${plot.bottom}V${plot.top}" stroke="currentColor" stroke-opacity="0.6" stroke-dasharray="2 5"/>` +
      `<text x="${short(across(border.x) + 8)}" y="${plot.bottom - 12}" font-size="${chartSize.tick}" fill-opacity="0.8">${chartText(border.name)}</text>`,
  );
  const parts = [
    markup,
    verticalAxis(chart, up, plot),
    horizontalAxis(chart, ticks, plot),
    ...ruled,
    ...bordered,
    ...bands,
    ...lines,
  ];
  return chartSvg(
    `${title}. ${y.label} by ${x.label}: ${series.map(({ name }) => name).join(', ')}`,
    parts.filter(Boolean),
  );
}

const sampleOf = (series: LineSeries, colour: number): string =>
  `<path d="M0 0H34" stroke="${colourOf(colour)}" stroke-width="3"${dashes(series)}/>` +
  (series.isDashed ? '' : `<path d="${marker(colour)}" transform="translate(17 0)" fill="${colourOf(colour)}"/>`);

function band({ points }: LineSeries, colour: number, across: Scale, up: Scale): string {
  if (!points.some(({ low, high }) => low !== undefined && low !== high)) return '';
  const shape = area<LinePoint>()
    .x((point) => across(point.x))
    .y0((point) => up(point.low ?? point.y))
    .y1((point) => up(point.high ?? point.y));
  return `<path class="band" d="${shape(points)}" fill="${colourOf(colour)}" fill-opacity="0.18"/>`;
}

function drawn(series: LineSeries, colour: number, across: Scale, up: Scale): string {
  const { name, points } = series;
  const path = line<LinePoint>()
    .x((point) => across(point.x))
    .y((point) => up(point.y));
  const every = Math.ceil(points.length / mostMarkers);
  const marked = series.isDashed ? [] : points.filter((_, i) => i % every === 0 || i === points.length - 1);
  const shape = marker(colour);
  const marks = marked.map(
    (point) =>
      `<path d="${shape}" transform="translate(${short(across(point.x))} ${short(up(point.y))})"><title>${escapeMarkup(`${name}: ${figures(point.y, 3)} at ${figures(point.x, 4)}`)}</title></path>`,
  );
  return (
    `<g class="line"><path d="${path(points)}" fill="none" stroke="${colourOf(colour)}" stroke-width="3" stroke-linejoin="round"${dashes(series)}/>` +
    `<g fill="${colourOf(colour)}">${marks.join('')}</g></g>`
  );
}
