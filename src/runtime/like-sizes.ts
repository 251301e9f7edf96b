/** Whether `count` items make one batch when each is padded to `size`. */
export type Fits = (count: number, size: number) => boolean;

/**
 * The first of the waiting items and those that run with it.
 *
 * All of them are laid out by size, the largest first, and cut into batches of as many as fit, so that little is padded; the
 * batch that has the first is given. An item that does not fit by itself is a batch of its own.
 */
export function batchOfFirst<T extends { readonly size: number }>(waiting: readonly T[], fits: Fits): T[] {
  const [first] = waiting;
  let batch: T[] = [];
  let hasFirst = false;
  for (const item of [...waiting].sort((a, b) => b.size - a.size)) {
    if (batch.length > 0 && !fits(batch.length + 1, batch[0].size)) {
      if (hasFirst) break;
      batch = [];
    }
    batch.push(item);
    hasFirst ||= item === first;
  }
  return batch;
}
