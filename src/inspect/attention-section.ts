import { attentionKinds } from './attention-kind.ts';
import { type AttentionMap, checkAttention, type HeadWeights, meanWeights } from './attention-map.ts';
import { attentionShares } from './attention-share.ts';
import { cellsPerPixel, headImage } from './head-image.ts';
import { largestWeights } from './largest-weight.ts';
import { escapeMarkup } from './markup.ts';
import { mapAxes } from './token-axis.ts';
import { weightNumbers } from './weight-number.ts';

/** A part of a page. */
export interface Section {
  readonly markup: string;
  readonly style: string;
}

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

const percent = (share: number): string => `${Math.round(share * 100)} %`;

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

/** A head, or the mean of all. */
interface NamedHead {
  /** `mean`, or layer and head from 0. */
  readonly key: string;
  readonly name: string;
  readonly weights: HeadWeights;
}

/** The mean of all heads, and every head; a single head alone. */
function headsOf({ layers }: AttentionMap): NamedHead[] {
  const heads = layers.flatMap((row, layer) =>
    row.map((weights, at) => ({ key: `${layer}-${at}`, name: `layer ${layer + 1} · head ${at + 1}`, weights })),
  );
  if (heads.length === 1) return heads;
  return [{ key: 'mean', name: 'mean of all heads', weights: meanWeights(layers.flat()) }, ...heads];
}

/** The overview of a map's heads, a row per layer: a choice of one. */
function overview(map: AttentionMap, choices: ReadonlyMap<string, string>): string {
  if (choices.size === 1) return '';
  const { layers, query, key } = map;
  const count = Math.max(0, ...layers.map((row) => row.length));
  const blank = (cells: number): string => '<span></span>'.repeat(cells);
  const columns = Array.from({ length: count }, (_, at) => `<span class="name">${at + 1}</span>`).join('');
  const rows = layers.map((row, layer) => {
    const heads = row.map((_, at) => choices.get(`${layer}-${at}`) ?? '').join('');
    return `<span class="name">${layer + 1}</span>${heads}${blank(count - row.length)}`;
  });
  const aspect = Math.min(2.5, Math.max(0.5, key.tokens.length / Math.max(1, query.tokens.length)));
  return `<fieldset style="--heads: ${count}; --aspect: ${aspect.toFixed(2)}"><legend>A row per layer, a column per head; first the mean of all</legend>
<div class="heads"><span></span>${choices.get('mean') ?? ''}${blank(count - 1)}
<span></span>${columns}
${rows.join('\n')}</div></fieldset>`;
}

/**
 * One map of an example: an overview of its heads, and the chosen one large with its tokens.
 *
 * @throws {InputError} when its weights are not a row of numbers per token.
 */
export async function mapSection(map: AttentionMap, id: string, { cells, hasNumbers }: MapForm): Promise<Section> {
  const { kind, query, key, layers } = map;
  for (const weights of layers.flat()) checkAttention({ target: query.tokens, source: key.tokens, weights });
  const { title } = attentionKinds[kind];
  const axes = mapAxes(query, key, title);
  const smallCells = overviewCells(map, cells);
  const heads = await Promise.all(
    headsOf(map).map(async ({ weights, ...head }, at) => {
      const kept = largestWeights(weights);
      const images = await Promise.all([...new Set([cells, smallCells])].map((side) => headImage(kept, side)));
      const numbers = hasNumbers ? weightNumbers(map, weights, axes) : '';
      return { ...head, isFirst: at === 0, images, shares: shareText(map, weights), numbers };
    }),
  );
  const nameOf = (head: string) => `${id}-${head}`;
  const style = heads.flatMap(({ key: head, images: [large, small = large] }) => {
    const name = nameOf(head);
    const chosen = heads.length === 1 ? `#${id}` : `#${id}:has(#${name}:checked)`;
    return [
      `#${id} { --${name}: url(${large});${small === large ? '' : ` --s-${name}: url(${small});`} }`,
      `#c-${name} { --image: var(--${small === large ? '' : 's-'}${name}); }`,
      `${chosen} .detail { --image: var(--${name}); } ${chosen} .for-${head} { display: block; }`,
    ];
  });
  const choices = new Map(
    heads.map(({ key: head, name, shares, isFirst }) => {
      const label = escapeMarkup(`${name}: ${shares}`);
      return [
        head,
        `<label title="${label}"><input type="radio" name="${id}" id="${nameOf(head)}" aria-label="${label}"${isFirst ? ' checked' : ''}><span class="weights" id="c-${nameOf(head)}"></span></label>`,
      ];
    }),
  );
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
${overview(map, choices)}
<figure class="detail"><figcaption>${captions.join('\n')}</figcaption>
<div class="scroll"><div class="map" style="width:${axes.left + width + 1}px">
<div class="weights" style="${place}"></div>
${axes.svg}
${numbers.join('')}
</div></div></figure>
</div>`;
  return { markup, style: style.join('\n') };
}
