import type { Section } from '../attention/attention-example.ts';
import { attentionKinds } from '../attention/attention-kind.ts';
import type { AttentionMap, HeadWeights } from '../attention/attention-map.ts';
import { densePixel, sparsePixel } from '../attention/head-image.ts';
import { headId, headOverview, headStyle } from '../attention/head-overview.ts';
import { meanOfHeads, namedHeads, rollout } from '../attention/named-head.ts';
import { escapeMarkup } from '../markup.ts';
import { checkMap, percent } from '../text/attention-section.ts';
import { patchShares } from './patch-share.ts';
import { type PatchTile, patchImage, tileOf } from './patch-tile.ts';

/** What summarises the heads of a map over an image. */
const summaries = [meanOfHeads, rollout];

/** Most characters of the weights of a page over images. */
const weightBudget = 2_000_000;

/** How many of the largest weights of each query fit into a page; infinite if all do. */
export function keptOnPatches(maps: readonly AttentionMap[]): number {
  const queries = maps.map(({ layers, query }) => (layers.flat().length + summaries.length) * query.tokens.length);
  const pixels = maps.reduce((sum, { key }, at) => sum + queries[at] * key.tokens.length, 0);
  if (pixels * densePixel <= weightBudget) return Number.POSITIVE_INFINITY;
  const rows = queries.reduce((sum, count) => sum + count, 0);
  return Math.max(1, Math.floor(weightBudget / (sparsePixel * rows)));
}

/** Where a head looks from the patches, in words. */
function shareText(weights: HeadWeights, tile: PatchTile, learned: readonly string[]) {
  const shares = patchShares(weights, tile);
  const tokens = learned.map((name, at) => `the ${name} ${percent(shares.learned[at])}`);
  return [`itself ${percent(shares.self)}`, ...tokens, `${shares.distance.toFixed(1)} patches away`].join(', ');
}

/** How maps over an image are drawn. */
export interface PatchForm {
  /** How many of the largest weights of each query are drawn. */
  readonly kept: number;
  /** Width over height of the image. */
  readonly aspect: number;
}

/** Every token as a choice, which sets the tile that is shown; the first is chosen. */
function choicesOf(tokens: readonly string[], id: string): string[] {
  return tokens.map((token, at) => {
    const label = escapeMarkup(token);
    return `<label title="${label}"><input type="radio" name="${id}-query" id="${id}-query-${at}" aria-label="${label}"${at === 0 ? ' checked' : ''}></label>`;
  });
}

/**
 * One map over an image: an overview of its heads, and the chosen one over the picture, both from the chosen token or patch.
 *
 * @throws {InputError} when its weights are not a row of numbers per token, or its tokens are not those of a grid.
 */
export async function patchSection(map: AttentionMap, id: string, { kept, aspect }: PatchForm): Promise<Section> {
  checkMap(map);
  const { kind, query } = map;
  const tile = tileOf(query);
  const { learned, rows, columns } = tile;
  const names = query.tokens.slice(0, learned);
  const heads = await Promise.all(
    namedHeads(map, summaries).map(async ({ weights, ...head }) => {
      const image = await patchImage(weights, tile, kept);
      return { ...head, large: image, small: image, shares: shareText(weights, tile, names) };
    }),
  );
  const choices = choicesOf(query.tokens, id);
  const style = [
    ...heads.map((head) => headStyle(id, head.key, heads.length === 1, head)),
    ...choices.map((_, at) => `#${id}:has(#${headId(id, `query-${at}`)}:checked) { --tile: ${at}; }`),
  ];
  const captions = heads.map(
    ({ key, name, shares }) =>
      `<p class="caption for-${key}"><strong>${name}</strong>: on average over the patches ${shares}</p>`,
  );
  const sizes = `--learned: ${learned}; --rows: ${rows}; --columns: ${columns}; --whole: ${query.tokens.length * (learned + rows)}`;
  const tokens = names.map((name, at) => `${choices[at]}<span>${escapeMarkup(name)}</span>`);
  const title = attentionKinds[kind].title;
  const markup = `<div class="of-kind of-patches" id="${id}" style="${sizes}">
<h3>${escapeMarkup(title)}</h3>
${headOverview(map, heads, { id, summaries, aspect })}
<figure class="detail"><figcaption>${captions.join('\n')}</figcaption>
<fieldset class="looking"><legend>What looks: a token, or a patch of the image</legend>
${learned === 0 ? '' : `<div class="learned"><div class="weights"></div>${tokens.join('')}</div>`}
<div class="over"><div class="picture"></div><div class="weights"></div><div class="patches">${choices.slice(learned).join('')}</div></div>
</fieldset></figure>
</div>`;
  return { markup, style: style.join('\n') };
}
