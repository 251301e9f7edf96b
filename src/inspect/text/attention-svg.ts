import { checkAttention, type HeadAttention } from '../attention/attention-map.ts';
import { escapeMarkup, short } from '../markup.ts';
import { fontStack } from '../page/font.ts';

export interface AttentionSvgOptions {
  /** Side of a cell in pixels. Default 22. */
  readonly cell?: number | undefined;
  /** Whether rows and columns are labelled with tokens. Default true. */
  readonly hasLabels?: boolean | undefined;
  /** Whether each row's largest weight gets a ring. Default false. */
  readonly marksGreatest?: boolean | undefined;
  /** Text for screen readers. Default: the sizes of the axes. */
  readonly label?: string | undefined;
}

/** A token is written horizontally above its column if it is no wider than this share of a cell. */
const UPRIGHT = 1.05;

/**
 * Opacity of a weight. Means over many heads are small; the exponent below 1 keeps them visible. The legend uses the
 * same rule.
 */
export const opacityOf = (weight: number): string => short(Math.max(0, weight) ** 0.7, 3);

/** A character takes about this share of the font size; Korean, Chinese and Japanese ones fill it. */
const NARROW = 0.58;
const isWide = (character: string): boolean => /[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uff60]/.test(character);

/** Approximate width of a text in the font of the pages. */
export function textWidth(text: string, size: number): number {
  return [...text].reduce((width, character) => width + (isWide(character) ? 1 : NARROW) * size, 0);
}

/**
 * A space in a token is invisible, so it is shown as a middle dot, which every font has; so is ▁, which stands for a
 * space.
 */
export function visibleToken(token: string): string {
  return token === '' ? 'empty' : token.replace(/[ \u2581]/g, '·');
}

/**
 * A heat map of one attention head, as a self-contained SVG element: one row per target token, one column per source
 * token.
 *
 * The darker a cell, the larger its weight; pointing at a cell shows its tokens and weight (`<title>`). A page can set
 * colours by the classes `weights`, `greatest` and `frame`.
 *
 * @throws {InputError} when the weights are not [T, S].
 */
export function attentionSvg(map: HeadAttention, options: AttentionSvgOptions = {}): string {
  checkAttention(map);
  const { cell = 22, hasLabels = true, marksGreatest = false } = options;
  const source = map.source.map(visibleToken);
  const target = map.target.map(visibleToken);
  const size = Math.max(9, Math.round(cell * 0.6));
  const rotated = source.map((token) => textWidth(token, size)).filter((width) => width > cell * UPRIGHT);
  const left = hasLabels ? Math.ceil(Math.max(0, ...target.map((token) => textWidth(token, size)))) + 10 : 1;
  const top = hasLabels ? Math.ceil(Math.max(size * 1.7, ...rotated.map((width) => width + 10))) : 1;
  const width = left + source.length * cell + 1;
  const height = top + target.length * cell + 1;
  const cells = target.map((row, t) => rowOf(map.weights[t], row, t, source, { left, top, cell })).join('\n');
  const label = options.label ?? `Attention of ${target.length} target tokens over ${source.length} source tokens`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="attention" role="img" aria-label="${escapeMarkup(label)}" ` +
      `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<g class="weights" fill="#3f3aa8">`,
    cells,
    '</g>',
    marksGreatest ? rings(map, { left, top, cell }) : '',
    `<rect class="frame" x="${left - 0.5}" y="${top - 0.5}" width="${source.length * cell + 1}" ` +
      `height="${target.length * cell + 1}" fill="none" stroke="#8a8a94" stroke-opacity="0.45"/>`,
    hasLabels ? labels({ source, target, left, top, cell, size }) : '',
    '</svg>',
  ]
    .filter((line) => line !== '')
    .join('\n');
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
}

function rowOf(weights: Float32Array, row: string, t: number, source: readonly string[], at: Place): string {
  return source
    .map((column, s) => {
      const weight = weights[s];
      const title = escapeMarkup(`${row} ← ${column}: ${weight.toFixed(3)}`);
      const [x, y] = [at.left + s * at.cell, at.top + t * at.cell];
      return (
        `<rect x="${x}" y="${y}" width="${at.cell}" height="${at.cell}" fill-opacity="${opacityOf(weight)}">` +
        `<title>${title}</title></rect>`
      );
    })
    .join('');
}

function rings({ target, weights }: HeadAttention, { left, top, cell }: Place): string {
  const circles = target.map((_, t) => {
    const s = weights[t].indexOf(Math.max(...weights[t]));
    const [x, y] = [left + (s + 0.5) * cell, top + (t + 0.5) * cell];
    return `<circle cx="${short(x)}" cy="${short(y)}" r="${short(cell * 0.2)}"/>`;
  });
  return `<g class="greatest" fill="none" stroke="#e8762c" stroke-width="2" pointer-events="none">${circles.join('')}</g>`;
}

interface LabelPlace extends Place {
  readonly source: readonly string[];
  readonly target: readonly string[];
  readonly size: number;
}

function labels({ source, target, left, top, cell, size }: LabelPlace): string {
  const columns = source.map((token, s) => {
    const x = short(left + (s + 0.5) * cell);
    const text = escapeMarkup(token);
    return textWidth(token, size) <= cell * UPRIGHT
      ? `<text x="${x}" y="${top - 7}" text-anchor="middle">${text}</text>`
      : `<text x="${x}" y="${top - 7}" transform="rotate(-90 ${x} ${top - 7})" dy="0.35em">${text}</text>`;
  });
  const rows = target.map((token, t) => {
    const y = short(top + (t + 0.5) * cell);
    return `<text x="${left - 7}" y="${y}" text-anchor="end" dy="0.35em">${escapeMarkup(token)}</text>`;
  });
  return `<g class="tokens" font-family='${fontStack}' font-size="${size}" fill="currentColor">${[...columns, ...rows].join('')}</g>`;
}
