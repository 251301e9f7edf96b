import { png } from './png.ts';

/** Opacities from 0 to this fit into a pixel. */
export const mostOpaque = 15;

const opacities = Uint8Array.from({ length: mostOpaque + 1 }, (_, level) => level * 17);
const palette = { colours: new Uint8Array(3 * opacities.length), opacities };

/** A PNG of opacities alone, 4 bits each: a mask that a page fills with a colour. `levels`: [height, width], 0 … 15. */
export async function alphaPng(width: number, height: number, levels: Uint8Array): Promise<Uint8Array> {
  const stride = Math.ceil(width / 2);
  const lines = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (stride + 1) + 1 + (x >> 1);
      const level = Math.min(mostOpaque, levels[y * width + x] ?? 0);
      lines[at] = (lines[at] ?? 0) | (x % 2 === 0 ? level << 4 : level);
    }
  }
  return png({ width, height, depth: 4, colour: 3, palette }, lines);
}
