import type { HeadWeights, TokenAxis } from '../attention/attention-map.ts';
import { escapeMarkup, short } from '../markup.ts';
import { largestOnPatch, shareOf, tileOf } from './patch-tile.ts';
import { type Picture, pictureAddress } from './picture.ts';

export interface PatchSvgOptions {
  /** Which of the axis's tokens looks. Default 0, the class token. */
  readonly query?: number | undefined;
  /** Side of a patch in pixels. Default 24. */
  readonly cell?: number | undefined;
  /** Text for screen readers. Default: what looks. */
  readonly label?: string | undefined;
}

/** An image, and the weights of one head over it. */
export interface PatchAttention {
  readonly picture: Picture;
  /** The learned tokens and the patches. */
  readonly axis: TokenAxis;
  readonly weights: HeadWeights;
}

/**
 * Where one token or patch of an image looks, over the image, as a self-contained SVG element.
 *
 * The stronger the colour, the greater the weight; the strongest is the largest weight on a patch. Pointing at a patch shows
 * its weight. Draws what a page shows large.
 *
 * @throws {InputError} when the tokens are not those of a grid.
 */
export async function patchSvg(
  { picture, axis, weights }: PatchAttention,
  options: PatchSvgOptions = {},
): Promise<string> {
  const { query = 0, cell = 24 } = options;
  const tile = tileOf(axis);
  const { learned, rows, columns } = tile;
  const row = weights[query];
  const most = largestOnPatch(row, tile);
  const [width, height] = [columns * cell, rows * cell];
  const cells = Array.from(row.subarray(learned), (weight, patch) => {
    const [x, y] = [(patch % columns) * cell, Math.floor(patch / columns) * cell];
    const opacity = short(shareOf(weight, most), 3);
    const title = escapeMarkup(`${axis.tokens[learned + patch]}: ${weight.toFixed(3)}`);
    return `<rect x="${x}" y="${y}" width="${cell}" height="${cell}" fill-opacity="${opacity}"><title>${title}</title></rect>`;
  });
  const label = options.label ?? `Where ${axis.tokens[query]} looks`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="patches" role="img" aria-label="${escapeMarkup(label)}" width="${short(width)}" height="${short(height)}" viewBox="0 0 ${short(width)} ${short(height)}">`,
    `<rect width="${width}" height="${height}"/>`,
    `<image href="${await pictureAddress(picture)}" width="${width}" height="${height}" opacity="0.75" preserveAspectRatio="none" style="image-rendering:pixelated"/>`,
    `<g fill="#ff9d45" opacity="0.7">`,
    ...cells,
    '</g>',
    '</svg>',
  ].join('\n');
}
