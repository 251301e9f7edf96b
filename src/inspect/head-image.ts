import { alphaPng, mostOpaque, pngAddress } from './alpha-png.ts';
import type { HeadWeights } from './attention-map.ts';
import { opacityOf } from './attention-svg.ts';

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
  const levels = most.map((weight) => (weight === 0 ? 0 : Math.round(Number(opacityOf(weight)) * mostOpaque)));
  return pngAddress(await alphaPng(width, height, Uint8Array.from(levels)));
}
