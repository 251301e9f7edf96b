import { escapeMarkup, short } from '../../inspect/markup.ts';
import { textWidth } from '../../inspect/text/attention-svg.ts';
import { InputError } from '../../io/error.ts';
import { chartText, figures } from '../number-text.ts';
import { chartSize } from './chart.ts';
import { chartSvg, horizontalAxis, sheetOf } from './chart-frame.ts';

export interface HeatMap {
  readonly title: string;
  readonly x: { readonly label: string };
  readonly y: { readonly label: string };
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** [rows][columns] */
  readonly values: readonly (readonly number[])[];
  /** The values drawn in white and in full colour; the smallest and the largest when absent. */
  readonly domain?: readonly [number, number];
  /** Format of the number in a cell; omitted when cells are small. */
  readonly show?: (value: number) => string;
}

const legendSteps = 24;

/**
 * A rectangle of numbers as cells, larger ones darker, as a self-contained SVG element.
 *
 * @throws {InputError} when there is not a finite number for every row and column.
 */
export function heatMap(map: HeatMap): string {
  const { title, x, y, columns, rows, values, show = (value) => figures(value) } = map;
  const isWhole =
    values.length === rows.length && values.every((row) => row.length === columns.length && row.every(Number.isFinite));
  if (!isWhole || values.length === 0) {
    const shape = `[${rows.length}, ${columns.length}]`;
    throw new InputError(
      `chart: expected finite numbers ${shape}, got rows of ${values.map((row) => row.length).join(', ') || 'none'}`,
    );
  }
  const [from, to] = map.domain ?? [Math.min(...values.flat()), Math.max(...values.flat())];
  const share = (value: number): number => Math.min(1, Math.max(0, to === from ? 1 : (value - from) / (to - from)));
  const names = Math.max(...rows.map((row) => textWidth(row, chartSize.tick)));
  const { area, markup } = sheetOf(title, [], names);
  const [width, height] = [(area.right - area.left) / columns.length, (area.bottom - area.top - 34) / rows.length];
  const top = area.top + 34;
  const widestText = Math.max(...values.flat().map((value) => textWidth(show(value), 1)));
  const size = Math.min(chartSize.tick, height * 0.5, (width * 0.86) / widestText);
  const cells = values.flatMap((row, r) =>
    row.map((value, c) => {
      const [left, up] = [area.left + c * width, top + r * height];
      const text =
        size < 9
          ? ''
          : `<text x="${short(left + width / 2)}" y="${short(up + height / 2)}" dy="0.35em" text-anchor="middle" font-size="${short(size)}"${share(value) > 0.55 ? ' fill="#ffffff"' : ''}>${chartText(show(value))}</text>`;
      return (
        `<rect x="${short(left)}" y="${short(up)}" width="${short(width)}" height="${short(height)}" fill="#3f3aa8" fill-opacity="${short(share(value), 3)}" stroke="currentColor" stroke-opacity="0.15">` +
        `<title>${escapeMarkup(`${rows[r]}, ${columns[c]}: ${show(value)}`)}</title></rect>${text}`
      );
    }),
  );
  const labels = rows.map(
    (row, r) =>
      `<text x="${area.left - 10}" y="${short(top + (r + 0.5) * height)}" dy="0.35em" text-anchor="end" font-size="${chartSize.tick}">${chartText(row)}</text>`,
  );
  const middle = short((top + area.bottom) / 2);
  const label = `<text transform="translate(${18 + chartSize.text * 0.8} ${middle}) rotate(-90)" text-anchor="middle">${chartText(y.label)}</text>`;
  const ticks = columns.map((text, c) => ({ at: area.left + (c + 0.5) * width, text, hasMark: false }));
  return chartSvg(`${title}. Rows ${y.label}, columns ${x.label}`, [
    markup,
    `<g class="cells">${cells.join('\n')}</g>`,
    `<g class="axis">${labels.join('')}${label}</g>`,
    legend(area.right, area.top, show(from), show(to)),
    horizontalAxis({ x }, ticks, area),
  ]);
}

/** The colour scale, at the right edge over the cells. */
function legend(right: number, top: number, from: string, to: string): string {
  const left = right - textWidth(to, chartSize.tick) - 8 - legendSteps * 6;
  const steps = Array.from(
    { length: legendSteps },
    (_, i) =>
      `<rect x="${short(left + i * 6)}" y="${top}" width="6" height="16" fill="#3f3aa8" fill-opacity="${short(i / (legendSteps - 1), 3)}"/>`,
  );
  return (
    `<g class="legend" font-size="${chartSize.tick}">${steps.join('')}` +
    `<text x="${short(left - 8)}" y="${top + 8}" dy="0.35em" text-anchor="end">${chartText(from)}</text>` +
    `<text x="${right}" y="${top + 8}" dy="0.35em" text-anchor="end">${chartText(to)}</text></g>`
  );
}
