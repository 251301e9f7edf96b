import { InputError } from '../io/error.ts';
import { inLanes } from '../runtime/in-lanes.ts';
import type { Source } from './source.ts';
import type { Programs } from './step/programs.ts';

/** How a call is cut into batches. */
export interface BatchOptions {
  /** Sentences in a batch: 64, or fewer so that every session has one. */
  readonly batch_size?: number | undefined;
  /** Receives after every batch how many sentences are done. */
  readonly on_progress?: ((done: number, total: number) => void) | undefined;
}

/** Enough rows to make a step worth its calls; fewer where every session can have a batch. */
const largestBatch = 64;

/** Long sentences first, so that no lane is left with a long batch at the end. Results are in the order given. */
export async function inBatches<R>(
  sources: readonly Source[],
  lanes: readonly Programs[],
  { batch_size, on_progress }: BatchOptions,
  work: (programs: Programs, sources: readonly Source[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const size = batch_size ?? Math.max(1, Math.min(largestBatch, Math.ceil(sources.length / lanes.length)));
  if (!Number.isInteger(size) || size < 1) throw new InputError(`generate: batch_size must be at least 1, got ${size}`);
  const order = sources.map((_, at) => at).sort((a, b) => sources[b].ids.length - sources[a].ids.length || a - b);
  const batches = Array.from({ length: Math.ceil(order.length / size) }, (_, i) =>
    order.slice(i * size, (i + 1) * size),
  );
  const results: R[] = [];
  let done = 0;
  await inLanes(lanes, batches, async (batch, programs) => {
    const found = await work(
      programs,
      batch.map((at) => sources[at]),
    );
    batch.forEach((at, i) => {
      results[at] = found[i];
    });
    done += batch.length;
    on_progress?.(done, order.length);
  });
  return results;
}
