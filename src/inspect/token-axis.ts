import type { TokenTexts } from './attention-share.ts';
import { fontStack, textWidth, visibleToken } from './attention-svg.ts';
import { escapeMarkup, short } from './markup.ts';

/** The axes of a square map and the place of its cells in it, in pixels. */
export interface TokenAxes {
  readonly svg: string;
  readonly left: number;
  readonly top: number;
  readonly cell: number;
}

/** A map is at most about this wide; its cells have a side between these. */
const widest = 720;
const [smallestCell, largestCell] = [2, 24];

/** A frame with the tokens along both sides, and lines between the two texts; with many tokens, every so manieth is named. */
export function tokenAxes(labels: readonly string[], texts: TokenTexts): TokenAxes {
  const tokens = labels.map(visibleToken);
  const count = Math.max(1, tokens.length);
  const cell = Math.min(largestCell, Math.max(smallestCell, Math.floor(widest / count)));
  const size = Math.min(13, Math.max(10, Math.round(cell * 0.6)));
  const every = Math.ceil(size / cell);
  const longest = Math.ceil(Math.max(0, ...tokens.map((token) => textWidth(token, size))));
  const [left, top] = [longest + 12, longest + 12];
  const length = count * cell;
  const kind = (at: number): string => {
    const text = texts[at] ?? null;
    return text === null ? ' class="added"' : text === 1 ? ' class="second"' : '';
  };
  const named = tokens.flatMap((token, at) => (at % every === 0 ? [{ token: escapeMarkup(token), at }] : []));
  const across = named.map(({ token, at }) => {
    const x = short(left + (at + 0.5) * cell);
    return `<text${kind(at)} x="${x}" y="${top - 7}" transform="rotate(-90 ${x} ${top - 7})" dy="0.35em">${token}</text>`;
  });
  const down = named.map(({ token, at }) => {
    const y = short(top + (at + 0.5) * cell);
    return `<text${kind(at)} x="${left - 7}" y="${y}" text-anchor="end" dy="0.35em">${token}</text>`;
  });
  const border = texts.indexOf(1);
  const at = border * cell;
  const lines =
    border < 0
      ? ''
      : `<path d="M${left + at} ${top}v${length}M${left} ${top + at}h${length}" fill="none" stroke="#e8762c" stroke-opacity="0.7"/>`;
  const [width, height] = [left + length + 1, top + length + 1];
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Map of ${count} tokens over themselves" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">` +
    `<rect x="${left - 0.5}" y="${top - 0.5}" width="${length + 1}" height="${length + 1}" fill="none" stroke="#8a8a94" stroke-opacity="0.45"/>${lines}` +
    `<g class="tokens" font-family='${fontStack}' font-size="${size}">${[...across, ...down].join('')}</g></svg>`;
  return { svg, left, top, cell };
}
