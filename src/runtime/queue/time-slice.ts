/** Milliseconds of work on the JavaScript thread before timers and sockets get their turn. */
const longest = 8;

let began = Number.NEGATIVE_INFINITY;
let next: Promise<void> | undefined;

/** Resolves after the events that have arrived. */
const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve);
  });

/**
 * Resolves when there is time to work, in the order of the calls.
 *
 * Await it before every small piece of work (a text to encode, a result to write). This keeps pauses of the JavaScript thread short, however many calls arrive at once.
 */
async function timeSlice(): Promise<void> {
  while (performance.now() - began > longest) {
    next ??= nextTask().then(() => {
      began = performance.now();
      next = undefined;
    });
    await next;
  }
}

/** Maps items to results, one by one in time slices. @throws `signal.reason` when it is aborted. */
export async function inSlices<T, R>(
  items: readonly T[],
  work: (item: T, at: number) => R,
  signal?: AbortSignal,
): Promise<R[]> {
  signal?.throwIfAborted();
  const results: R[] = [];
  for (const [at, item] of items.entries()) {
    await timeSlice();
    signal?.throwIfAborted();
    results.push(work(item, at));
  }
  return results;
}
