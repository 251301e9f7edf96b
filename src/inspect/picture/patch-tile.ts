import { InputError } from '../../io/error.ts';
import type { HeadWeights, TokenAxis } from '../attention/attention-map.ts';
import { largestColumns } from '../attention/largest-weight.ts';
import { alphaPng, mostOpaque } from './alpha-png.ts';
import { pngAddress } from './png.ts';

/** The weights of one query as an image: learned tokens below each other in the first column, then the patches. */
export interface PatchTile {
  /** How many tokens are before the patches. */
  readonly learned: number;
  readonly rows: number;
  readonly columns: number;
}

/** The tile of an image's tokens. @throws {InputError} for an axis without patches, or with fewer tokens than patches. */
export function tileOf({ tokens, grid: [rows, columns] = [0, 0] }: TokenAxis): PatchTile {
  const learned = tokens.length - rows * columns;
  if (rows * columns > 0 && learned >= 0) return { learned, rows, columns };
  throw new InputError(`attention map: expected ${rows} × ${columns} patches, got ${tokens.length} tokens`);
}

/** The largest weight of a row on a patch: the strongest colour stands for it. */
export const largestOnPatch = (row: Float32Array, { learned }: PatchTile): number =>
  row.subarray(learned).reduce((most, weight) => Math.max(most, weight), 0);

/** A weight as a share of the largest one on a patch; that of a learned token may be larger, and counts as much. */
export const shareOf = (weight: number, most: number): number => (weight > 0 ? Math.min(1, weight / most) : 0);

/**
 * One head's weights as the address of an image of opacities: the tiles of its queries, one below the other. A tile has the
 * `kept` largest weights of its query, as shares of the largest one on a patch.
 */
export async function patchImage(weights: HeadWeights, tile: PatchTile, kept: number): Promise<string> {
  const { learned, rows, columns } = tile;
  const height = learned + rows;
  const levels = new Uint8Array(weights.length * height * columns);
  weights.forEach((row, query) => {
    const most = largestOnPatch(row, tile);
    const drawn = kept < row.length ? largestColumns(row, kept) : row.keys();
    for (const s of drawn) {
      const cell = s < learned ? s * columns : s - learned + learned * columns;
      levels[query * height * columns + cell] = Math.round(mostOpaque * shareOf(row[s], most));
    }
  });
  return pngAddress(await alphaPng(columns, weights.length * height, levels));
}
