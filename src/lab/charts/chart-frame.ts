import { escapeMarkup, short } from '../../inspect/markup.ts';
import { textWidth } from '../../inspect/text/attention-svg.ts';
import { chartText } from '../number-text.ts';
import { type ChartHead, chartSize, fontAttributes, type Scale, ticksOf } from './chart.ts';

/** One entry of a legend: a drawn sample, 34 wide and vertically centred at 0, and its name. */
export interface LegendEntry {
  readonly name: string;
  readonly sample: string;
}

/** The area of the data. */
export interface PlotArea {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const sampleWidth = 34;
const gap = 26;

/** Breaks words into lines of at most `most` pixels. */
function wrapped(text: string, size: number, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length === 0 || textWidth(longer, size) > most) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

interface PlacedEntry extends LegendEntry {
  readonly x: number;
  readonly row: number;
}

/** Entries from left to right, in as many rows as they need. */
function placed(entries: readonly LegendEntry[], most: number): readonly PlacedEntry[] {
  let [x, row] = [0, 0];
  return entries.map((entry) => {
    const width = sampleWidth + 8 + textWidth(entry.name, chartSize.text);
    if (x > 0 && x + width > most) [x, row] = [0, row + 1];
    const at = { ...entry, x, row };
    x += width + gap;
    return at;
  });
}

/** The sheet around a plot: title, legend, and the area that is left when `tickWidth` pixels are kept for the ticks of y. */
export function sheetOf(title: string, entries: readonly LegendEntry[], tickWidth: number) {
  const { width, height } = chartSize;
  const margin = 18;
  const lines = wrapped(title, chartSize.title, width - 2 * margin);
  const legend = placed(entries, width - 2 * margin);
  const titleBottom = 14 + lines.length * chartSize.title * 1.25;
  const rows = legend.length ? legend[legend.length - 1].row + 1 : 0;
  const area: PlotArea = {
    left: Math.ceil(margin + chartSize.text * 1.6 + tickWidth + 12),
    right: width - margin - 14,
    top: Math.ceil(titleBottom + rows * chartSize.text * 1.6 + 22),
    bottom: height - 78,
  };
  const heading = lines.map(
    (line, i) =>
      `<text x="${margin}" y="${short(12 + (i + 0.95) * chartSize.title * 1.25)}" font-size="${chartSize.title}" font-weight="650">${chartText(line)}</text>`,
  );
  const names = legend.map(({ name, sample, x, row }) => {
    const y = short(titleBottom + 20 + row * chartSize.text * 1.6);
    return `<g transform="translate(${short(margin + x)} ${y})">${sample}<text x="${sampleWidth + 8}" dy="0.35em">${chartText(name)}</text></g>`;
  });
  return { area, markup: `<g class="title">${heading.join('')}</g>\n<g class="legend">${names.join('')}</g>` };
}

/** Width of the ticks of y. */
export const widest = (texts: readonly string[]): number =>
  Math.max(0, ...texts.map((text) => textWidth(text, chartSize.tick)));

/** Grid, ticks and label of the vertical axis. */
export function verticalAxis({ y }: ChartHead, scale: Scale, { left, right, top, bottom }: PlotArea): string {
  const ticks = ticksOf(y, scale).map(({ at, text }) => {
    const place = short(scale(at));
    return (
      `<path d="M${left} ${place}H${right}" stroke="currentColor" stroke-opacity="0.14"/>` +
      `<text x="${left - 10}" y="${place}" dy="0.35em" text-anchor="end" font-size="${chartSize.tick}">${chartText(text)}</text>`
    );
  });
  const middle = short((top + bottom) / 2);
  return (
    `<g class="axis">${ticks.join('')}` +
    `<text transform="translate(${18 + chartSize.text * 0.8} ${middle}) rotate(-90)" text-anchor="middle">${chartText(y.label)}</text></g>`
  );
}

/** Line, ticks and label of the horizontal axis; `ticks` are positions in pixels. */
export function horizontalAxis(
  { x }: Pick<ChartHead, 'x'>,
  ticks: readonly { readonly at: number; readonly text: string; readonly hasMark?: boolean }[],
  { left, right, bottom }: PlotArea,
): string {
  const marks = ticks.map(({ at, text, hasMark = true }) => {
    const mark = hasMark ? `<path d="M${short(at)} ${bottom}v7" stroke="currentColor"/>` : '';
    return `${mark}<text x="${short(at)}" y="${bottom + 27}" text-anchor="middle" font-size="${chartSize.tick}">${chartText(text)}</text>`;
  });
  return (
    `<g class="axis"><path d="M${left} ${bottom}H${right}" stroke="currentColor" stroke-opacity="0.7"/>${marks.join('')}` +
    `<text x="${short((left + right) / 2)}" y="${bottom + 60}" text-anchor="middle">${chartText(x.label)}</text></g>`
  );
}

/** The whole `<svg>`. `label`: text for screen readers. */
export function chartSvg(label: string, parts: readonly string[]): string {
  const { width, height } = chartSize;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="${escapeMarkup(label)}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<g ${fontAttributes} font-size="${chartSize.text}">`,
    ...parts,
    '</g>',
    '</svg>',
  ].join('\n');
}
