import { itemAt } from '../../io/item-at.ts';
import { type GroupedRow, rowsByGroup } from './grouped-set.ts';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Number(a[i]) * Number(b[i]);
  return sum;
};

/** The sum of the vectors of a group, its squared length, and the number of vectors. */
interface GroupSum {
  readonly sum: Float64Array;
  readonly square: number;
  readonly count: number;
}

/**
 * The share of texts whose vector is nearest, by cosine similarity, to the mean of the other texts of its own label. A
 * text that is the only one of its label is left out.
 *
 * @param vectors of length 1, one per row.
 */
export function classMeanAccuracy(rows: readonly GroupedRow[], vectors: readonly Float32Array[]): number {
  const sums = new Map<number, GroupSum>();
  for (const [group, own] of rowsByGroup(rows)) {
    const sum = new Float64Array(vectors[0]?.length ?? 0);
    for (const row of own) itemAt(vectors, row, 'a vector').forEach((x, i) => void (sum[i] = Number(sum[i]) + x));
    sums.set(group, { sum, square: dot(sum, sum), count: own.length });
  }
  let [right, counted] = [0, 0];
  rows.forEach(({ group: own }, at) => {
    const vector = itemAt(vectors, at, 'a vector');
    const square = dot(vector, vector);
    let [best, most] = [-1, Number.NEGATIVE_INFINITY];
    for (const [group, { sum, square: all, count }] of sums) {
      const product = dot(vector, sum);
      // Without the text itself: v·(s − v) and |s − v|².
      const isOwn = group === own;
      if (isOwn && count === 1) return;
      const cosine = isOwn
        ? (product - square) / Math.sqrt(Math.max(all - 2 * product + square, Number.MIN_VALUE))
        : product / Math.sqrt(Math.max(all, Number.MIN_VALUE));
      if (cosine > most || (cosine === most && best === own)) [best, most] = [group, cosine];
    }
    counted++;
    if (best === own) right++;
  });
  return right / counted;
}
