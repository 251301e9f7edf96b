/** Whether `count` items, each padded to the size of the longest, make one batch. */
export type Fits = (count: number, longest: number, shortest: number) => boolean;

/**
 * The first waiting item and those that run with it.
 *
 * All items are sorted by size, largest first, and cut into the largest batches that fit, which keeps padding small;
 * the batch with the first item is returned. An item that does not fit is a batch by itself.
 */
export function batchOfFirst<T extends { readonly size: number }>(waiting: readonly T[], fits: Fits): T[] {
  const [first] = waiting;
  let batch: T[] = [];
  let hasFirst = false;
  for (const item of [...waiting].sort((a, b) => b.size - a.size)) {
    if (batch.length > 0 && !fits(batch.length + 1, batch[0].size, item.size)) {
      if (hasFirst) break;
      batch = [];
    }
    batch.push(item);
    hasFirst ||= item === first;
  }
  return batch;
}
