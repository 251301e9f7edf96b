import type { TokenAxis } from '../attention/attention-map.ts';
import { escapeMarkup, short } from '../markup.ts';
import { fontStack } from '../page/font.ts';
import { textWidth, visibleToken } from './attention-svg.ts';

/** The axes of a map and the place of its cells in it, in pixels. */
export interface MapAxes {
  readonly svg: string;
  readonly left: number;
  readonly top: number;
  readonly cell: number;
}

/** A map is at most about this wide; its cells have a side between these. */
const widest = 720;
const [smallestCell, largestCell] = [2, 24];

/** A label that is drawn: the token and its place on its axis. */
interface Label {
  readonly text: string;
  readonly at: number;
  /** The class of its kind: `added` by the tokenizer, of the `second` text. */
  readonly kind: string;
}

/** The labels of an axis; with many tokens only every so manieth. */
function labelsOf({ tokens, texts }: TokenAxis, every: number): Label[] {
  return tokens.flatMap((token, at) => {
    if (at % every !== 0) return [];
    const text = texts ? texts[at] : 0;
    const kind = text === null ? ' class="added"' : text === 1 ? ' class="second"' : '';
    return [{ text: visibleToken(token), at, kind }];
  });
}

/** Where the second text begins on an axis. */
const borderOf = ({ texts = [] }: TokenAxis): number => texts.indexOf(1);

const longest = (labels: readonly Label[], size: number): number =>
  Math.ceil(Math.max(0, ...labels.map(({ text }) => textWidth(text, size))));

/** A frame with the tokens that look on its left and those that are looked at above, and lines between two texts. */
export function mapAxes(query: TokenAxis, key: TokenAxis, name: string): MapAxes {
  const [rows, columns] = [query.tokens.length, key.tokens.length];
  const cell = Math.min(largestCell, Math.max(smallestCell, Math.floor(widest / Math.max(1, rows, columns))));
  const size = Math.min(13, Math.max(10, Math.round(cell * 0.6)));
  const every = Math.ceil(size / cell);
  const [down, across] = [labelsOf(query, every), labelsOf(key, every)];
  const [left, top] = [longest(down, size) + 12, longest(across, size) + 12];
  const [width, height] = [columns * cell, rows * cell];
  const above = across.map(({ text, at, kind }) => {
    const x = short(left + (at + 0.5) * cell);
    return `<text${kind} x="${x}" y="${top - 7}" transform="rotate(-90 ${x} ${top - 7})" dy="0.35em">${escapeMarkup(text)}</text>`;
  });
  const beside = down.map(({ text, at, kind }) => {
    const y = short(top + (at + 0.5) * cell);
    return `<text${kind} x="${left - 7}" y="${y}" text-anchor="end" dy="0.35em">${escapeMarkup(text)}</text>`;
  });
  const [row, column] = [borderOf(query), borderOf(key)];
  const lines = [
    ...(column > 0 ? [`M${left + column * cell} ${top}v${height}`] : []),
    ...(row > 0 ? [`M${left} ${top + row * cell}h${width}`] : []),
  ].join('');
  const border = lines && `<path d="${lines}" fill="none" stroke="#e8762c" stroke-opacity="0.7"/>`;
  const [allWidth, allHeight] = [left + width + 1, top + height + 1];
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" class="axes" role="img" aria-label="${escapeMarkup(`${name}: ${rows} × ${columns} tokens`)}" width="${allWidth}" height="${allHeight}" viewBox="0 0 ${allWidth} ${allHeight}">` +
    `<rect x="${left - 0.5}" y="${top - 0.5}" width="${width + 1}" height="${height + 1}" fill="none" stroke="#8a8a94" stroke-opacity="0.45"/>${border}` +
    `<g class="tokens" font-family='${fontStack}' font-size="${size}">${[...above, ...beside].join('')}</g></svg>`;
  return { svg, left, top, cell };
}
