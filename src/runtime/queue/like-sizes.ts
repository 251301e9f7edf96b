/** Whether `count` items, each padded to the size of the longest, make one batch. */
export type Fits = (count: number, longest: number, shortest: number) => boolean;

interface Sized {
  readonly size: number;
}

const bySize = <T extends Sized>(items: readonly T[]): T[] => items.toSorted((a, b) => b.size - a.size);

/**
 * Items by size, largest first, cut into the largest batches that fit, which keeps padding small. An item that does not
 * fit is a batch by itself.
 */
function fullBatches<T extends Sized>(items: readonly T[], fits: Fits): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  for (const item of bySize(items)) {
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

/** All items, largest first, in batches of equal numbers but for one; if they fit, as many batches for every lane. */
export function evenBatches<T extends Sized>(items: readonly T[], fits: Fits, lanes: number): T[][] {
  const count = Math.ceil(fullBatches(items, fits).length / lanes) * lanes;
  const sorted = bySize(items);
  const place = (number: number): number => Math.ceil((number * items.length) / count);
  const runs = Array.from({ length: count }, (_, number) => sorted.slice(place(number), place(number + 1)));
  return runs.flatMap((run) => fullBatches(run, fits));
}
