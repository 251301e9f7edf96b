import type { HeadWeights } from '../attention/attention-map.ts';
import type { PatchTile } from './patch-tile.ts';

/** Where patches look, on average. */
export interface PatchShares {
  /** The share of every learned token. */
  readonly learned: readonly number[];
  /** The share of the patch itself. */
  readonly self: number;
  /** The mean distance of what is looked at, in patches, weighted by attention. */
  readonly distance: number;
}

/**
 * Where the patches of an image look.
 *
 * Source: Dosovitskiy et al. 2021, section 4.5 and appendix D.7, for the mean attention distance.
 */
export function patchShares(weights: HeadWeights, { learned, rows, columns }: PatchTile): PatchShares {
  const patches = rows * columns;
  const shares = new Array<number>(learned).fill(0);
  const sums = { self: 0, distance: 0, weight: 0 };
  for (let p = 0; p < patches; p++) {
    const row = weights[learned + p];
    for (let token = 0; token < learned; token++) shares[token] += row[token] / patches;
    sums.self += row[learned + p] / patches;
    for (let q = 0; q < patches; q++) {
      const [down, across] = [Math.floor(q / columns) - Math.floor(p / columns), (q % columns) - (p % columns)];
      sums.distance += row[learned + q] * Math.hypot(down, across);
      sums.weight += row[learned + q];
    }
  }
  return { learned: shares, self: sums.self, distance: sums.weight === 0 ? 0 : sums.distance / sums.weight };
}
