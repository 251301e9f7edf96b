/** Whether `count` items, each padded to the size of the longest, make one batch. */
export type Fits = (count: number, longest: number, shortest: number) => boolean;

interface Sized {
  readonly size: number;
}

/**
 * Items by size, largest first, cut into the largest batches that fit, which keeps padding small. An item that does not
 * fit is a batch by itself.
 */
function fullBatches<T extends Sized>(items: readonly T[], fits: Fits): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  for (const item of [...items].sort((a, b) => b.size - a.size)) {
    const [longest] = batch;
    if (!longest || !fits(batch.length + 1, longest.size, item.size)) {
      batch = [];
      batches.push(batch);
    }
    batch.push(item);
  }
  return batches;
}

/** The first waiting item and those that run with it. */
export const batchOfFirst = <T extends Sized>(waiting: readonly T[], fits: Fits): T[] =>
  fullBatches(waiting, fits).find((batch) => batch.includes(waiting[0]!)) ?? [];

/** All items in batches of equal numbers, as many for every lane: no lane is left alone with a last one. */
export function evenBatches<T extends Sized>(items: readonly T[], fits: Fits, lanes: number): T[][] {
  const fullest = fullBatches(items, fits).length;
  const share = Math.ceil(items.length / (Math.ceil(fullest / lanes) * lanes));
  return fullBatches(items, (count, ...sizes) => count <= share && fits(count, ...sizes));
}
