/**
 * Processes items in parallel lanes; a free lane takes the next item.
 *
 * Ends when every lane has ended, so none uses the engine afterwards. After a failure no further item is started.
 * @throws the error of the first lane, in order, that failed.
 */
export async function inLanes<L, I>(
  lanes: Iterable<L>,
  items: Iterable<I>,
  work: (item: I, lane: L) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let hasFailed = false;
  const drain = async (lane: L): Promise<void> => {
    try {
      for (let next = queue.next(); !next.done && !hasFailed; next = queue.next()) await work(next.value, lane);
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  for (const outcome of await Promise.allSettled([...lanes].map(drain))) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
