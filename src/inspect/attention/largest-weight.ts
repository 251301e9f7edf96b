import type { HeadWeights } from './attention-map.ts';

/** How many weights of each query a page keeps. */
export const keptWeights = 8;

/** The columns of a row's largest weights above 0, at most `count`, in their order; of equal weights the first. */
export function largestColumns(row: Float32Array, count: number = keptWeights): number[] {
  const best: number[] = [];
  let least = 0;
  for (let s = 0; s < row.length; s++) {
    const weight = row[s];
    if (weight <= least) continue;
    let place = best.length;
    while (place > 0 && row[best[place - 1]] < weight) place--;
    best.splice(place, 0, s);
    if (best.length > count) best.pop();
    if (best.length === count) least = row[best[count - 1]];
  }
  return best.sort((a, b) => a - b);
}

/** The same weights with only the largest of each row; the others are 0. */
export const largestWeights = (weights: HeadWeights): HeadWeights =>
  weights.map((row) => {
    const kept = new Float32Array(row.length);
    for (const s of largestColumns(row)) kept[s] = row[s];
    return kept;
  });
