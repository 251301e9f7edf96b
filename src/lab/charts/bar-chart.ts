import { scaleBand } from 'd3-scale';
import { escapeMarkup, short } from '../../inspect/markup.ts';
import { InputError } from '../../io/error.ts';
import { chartText, figures } from '../number-text.ts';
import type { Spread } from '../spread.ts';
import { type ChartHead, chartSize, colourOf, scaleOf, ticksOf } from './chart.ts';
import { chartSvg, horizontalAxis, sheetOf, verticalAxis, widest } from './chart-frame.ts';

export interface BarSeries {
  readonly name: string;
  /** One value per group. */
  readonly values: readonly Spread[];
}

export interface BarChart extends Omit<ChartHead, 'x'> {
  readonly x: { readonly label: string };
  readonly groups: readonly string[];
  readonly series: readonly BarSeries[];
  /** Format of the number over a bar. */
  readonly show?: (value: number) => string;
}

/**
 * Bars in groups, each with a whisker from the smallest to the largest value, as a self-contained SVG element.
 *
 * @throws {InputError} when a series does not have one value per group, or a number does not fit the axis.
 */
export function barChart(chart: BarChart): string {
  const { title, x, y, groups, series, show = (value) => figures(value) } = chart;
  for (const { name, values } of series) {
    if (values.length !== groups.length)
      throw new InputError(
        `chart: expected ${groups.length} values, one for each group, got ${values.length}, at series "${name}"`,
      );
  }
  const all = series.flatMap(({ values }) => values.flatMap(({ min, max }) => [min, max]));
  const heights = y.scale === 'log' ? all : [0, ...all];
  const entries = series.map(({ name }, i) => ({
    name,
    sample: `<rect x="6" y="-9" width="22" height="18" rx="2" fill="${colourOf(i)}"/>`,
  }));
  const tickTexts = ticksOf(y, scaleOf(y, heights, [1, 0])).map(({ text }) => text);
  const { area, markup } = sheetOf(title, series.length > 1 ? entries : [], widest(tickTexts));
  const up = scaleOf(y, heights, [area.bottom, area.top + 14]);
  const groupAt = scaleBand()
    .domain(groups.map((_, i) => String(i)))
    .range([area.left, area.right])
    .paddingInner(0.28)
    .paddingOuter(0.16);
  const barAt = scaleBand()
    .domain(series.map((_, i) => String(i)))
    .range([0, groupAt.bandwidth()])
    .padding(0.1);
  const floor = up(y.scale === 'log' ? up.domain()[0] : 0);
  const size = Math.max(11, Math.min(chartSize.tick, barAt.bandwidth() * 0.34));
  const bars = series.flatMap(({ name, values }, s) =>
    values.map(({ mean, min, max }, g) => {
      const left = (groupAt(String(g)) ?? 0) + (barAt(String(s)) ?? 0);
      const middle = short(left + barAt.bandwidth() / 2);
      const top = Math.min(up(mean), floor);
      const whisker =
        min === max
          ? ''
          : `<path d="M${middle} ${short(up(min))}V${short(up(max))}m-6 0h12M${short(Number(middle) - 6)} ${short(up(min))}h12" stroke="currentColor" stroke-width="2" fill="none"/>`;
      return (
        `<rect x="${short(left)}" y="${short(top)}" width="${short(barAt.bandwidth())}" height="${short(Math.abs(floor - up(mean)))}" fill="${colourOf(s)}">` +
        `<title>${escapeMarkup(`${name}, ${groups[g]}: ${show(mean)}`)}</title></rect>${whisker}` +
        `<text x="${middle}" y="${short(Math.min(up(max), top) - 8)}" text-anchor="middle" font-size="${short(size)}">${chartText(show(mean))}</text>`
      );
    }),
  );
  const ticks = groups.map((text, i) => ({
    at: (groupAt(String(i)) ?? 0) + groupAt.bandwidth() / 2,
    text,
    hasMark: false,
  }));
  return chartSvg(`${title}. ${y.label} by ${x.label}`, [
    markup,
    verticalAxis({ ...chart, x: { label: x.label } }, up, area),
    ...bars,
    horizontalAxis({ x }, ticks, area),
  ]);
}
