import type { Section } from '../attention/attention-example.ts';
import { attentionKinds } from '../attention/attention-kind.ts';
import { type AttentionMap, checkAttention, type HeadWeights } from '../attention/attention-map.ts';
import { cellsPerPixel, headImage } from '../attention/head-image.ts';
import { headOverview, headStyle } from '../attention/head-overview.ts';
import { largestWeights } from '../attention/largest-weight.ts';
import { meanOfHeads, namedHeads } from '../attention/named-head.ts';
import { escapeMarkup } from '../markup.ts';
import { attentionShares } from './attention-share.ts';
import { mapAxes } from './token-axis.ts';
import { weightNumbers } from './weight-number.ts';

/** How the maps of a page are drawn. */
export interface MapForm {
  /** Cells on a side of a pixel of the large map. */
  readonly cells: number;
  /** Whether pointing at a cell shows its number. */
  readonly hasNumbers: boolean;
}

/** Pixels on a side of a head in the overview. */
const overviewSide = 64;

/** Cells on a side of a pixel of the overview, where one of the large map is `cells`. */
export const overviewCells = ({ query, key }: AttentionMap, cells: number): number =>
  Math.max(cells, cellsPerPixel(Math.max(query.tokens.length, key.tokens.length), overviewSide));

/** A share as a reader sees it. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Where a head looks, in words. */
function shareText({ kind, query, key }: AttentionMap, weights: HeadWeights): string {
  if (!attentionKinds[kind].isSelf) {
    const most = weights.reduce((sum, row) => sum + Math.max(0, ...row), 0) / Math.max(1, weights.length);
    return `the largest weight of a row ${percent(most)}`;
  }
  const texts = query.texts ?? key.tokens.map(() => 0 as const);
  const { self, previous, next, added, other } = attentionShares(weights, texts);
  const parts = [
    `itself ${percent(self)}`,
    `the token before ${percent(previous)}`,
    `the token after ${percent(next)}`,
    ...(texts.includes(null) ? [`added tokens ${percent(added)}`] : []),
    ...(other === undefined ? [] : [`the other text ${percent(other)}`]),
  ];
  return parts.join(', ');
}

/** @throws {InputError} when the weights of a map are not a row of numbers per token. */
export function checkMap({ query, key, layers }: AttentionMap): void {
  for (const weights of layers.flat()) checkAttention({ target: query.tokens, source: key.tokens, weights });
}

/** What summarises the heads of a map between tokens. */
const summaries = [meanOfHeads];

/**
 * One map of an example: an overview of its heads, and the chosen one large with its tokens.
 *
 * @throws {InputError} when its weights are not a row of numbers per token.
 */
export async function mapSection(map: AttentionMap, id: string, { cells, hasNumbers }: MapForm): Promise<Section> {
  checkMap(map);
  const { kind, query, key } = map;
  const { title } = attentionKinds[kind];
  const axes = mapAxes(query, key, title);
  const smallCells = overviewCells(map, cells);
  const heads = await Promise.all(
    namedHeads(map, summaries).map(async ({ weights, ...head }) => {
      const kept = largestWeights(weights);
      const [large = '', small = large] = await Promise.all(
        [...new Set([cells, smallCells])].map((side) => headImage(kept, side)),
      );
      const numbers = hasNumbers ? weightNumbers(map, weights, axes) : '';
      return { ...head, large, small, shares: shareText(map, weights), numbers };
    }),
  );
  const style = heads.map((head) => headStyle(id, head.key, heads.length === 1, head));
  const aspect = Math.min(2.5, Math.max(0.5, key.tokens.length / Math.max(1, query.tokens.length)));
  const [width, height] = [key.tokens.length * axes.cell, query.tokens.length * axes.cell];
  const place = `left:${axes.left}px;top:${axes.top}px;width:${width}px;height:${height}px`;
  const captions = heads.map(
    ({ key: head, name, shares }) =>
      `<p class="caption for-${head}"><strong>${name}</strong>: on average ${shares}</p>`,
  );
  const numbers = heads.map(({ key: head, numbers: drawn }) =>
    drawn === '' ? '' : `<div class="numbers for-${head}" style="${place}">${drawn}</div>`,
  );
  const markup = `<div class="of-kind" id="${id}">
<h3>${escapeMarkup(title)}</h3>
${headOverview(map, heads, { id, summaries, aspect })}
<figure class="detail"><figcaption>${captions.join('\n')}</figcaption>
<div class="scroll"><div class="map" style="width:${axes.left + width + 1}px">
<div class="weights" style="${place}"></div>
${axes.svg}
${numbers.join('')}
</div></div></figure>
</div>`;
  return { markup, style: style.join('\n') };
}
