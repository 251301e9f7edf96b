/**
 * Processes items in parallel lanes; each takes the next item when it is free.
 *
 * Ends when every lane has ended: none may use the engine afterwards. After a failure no further item is begun.
 * @throws what the first lane, in their order, that failed has thrown.
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
