import type { AttentionMap, HeadWeights } from '../attention/attention-map.ts';
import { largestColumns } from '../attention/largest-weight.ts';
import { escapeMarkup } from '../markup.ts';
import { visibleToken } from './attention-svg.ts';
import type { MapAxes } from './token-axis.ts';

/** The weights that a page keeps, as cells without colour that name their tokens and number; a row's largest has a frame. */
export function weightNumbers({ query, key }: AttentionMap, weights: HeadWeights, { cell }: MapAxes): string {
  const [rows, columns] = [query, key].map(({ tokens }) => tokens.map((token) => escapeMarkup(visibleToken(token))));
  const cells = weights.map((row, t) => {
    const kept = largestColumns(row);
    const most = Math.max(...row);
    return kept
      .map((s) => {
        const kind = row[s] === most && s === row.indexOf(most) ? ' class="greatest"' : '';
        return `<rect${kind} x="${s}" y="${t}" width="1" height="1"><title>${rows[t]} ← ${columns[s]}: ${row[s].toFixed(3)}</title></rect>`;
      })
      .join('');
  });
  const [width, height] = [columns.length, rows.length];
  return `<svg width="${width * cell}" height="${height * cell}" viewBox="0 0 ${width} ${height}">${cells.join('')}</svg>`;
}
