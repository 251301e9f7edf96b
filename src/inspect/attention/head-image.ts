import { alphaPng, mostOpaque } from '../picture/alpha-png.ts';
import { pngAddress } from '../picture/png.ts';
import { opacityOf } from '../text/attention-svg.ts';
import type { HeadWeights } from './attention-map.ts';

/** Characters that a pixel of an image takes: one with a weight among empty ones, and any of a full image. */
export const [sparsePixel, densePixel] = [2.1, 0.7];

/** The level of a weight in an image; 0 only for 0 and what is nearly 0. */
const levelOf = (weight: number): number => (weight === 0 ? 0 : Math.round(Number(opacityOf(weight)) * mostOpaque));

/** Cells on a side of a pixel, so that an image has at most `most` pixels on a side. */
export const cellsPerPixel = (tokens: number, most: number): number => Math.max(1, Math.ceil(tokens / most));

/**
 * One head's weights as the address of an image of opacities, [T, S] cells. A pixel is the largest weight of `cells` by
 * `cells` cells.
 */
export async function headImage(weights: HeadWeights, cells = 1): Promise<string> {
  const columns = weights[0]?.length ?? 0;
  const [height, width] = [Math.ceil(weights.length / cells), Math.ceil(columns / cells)];
  const most = new Float32Array(width * height);
  weights.forEach((row, t) => {
    const start = Math.floor(t / cells) * width;
    for (let s = 0; s < row.length; s++) {
      const at = start + Math.floor(s / cells);
      if (row[s] > most[at]) most[at] = row[s];
    }
  });
  const levels = new Uint8Array(most.length);
  for (let at = 0; at < most.length; at++) levels[at] = levelOf(most[at]);
  return pngAddress(await alphaPng(width, height, levels));
}
