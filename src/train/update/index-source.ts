import { type DataPosition, IndexStream } from '../../data/batch/index-stream.ts';
import type { BatchSource, MicroBatch } from './micro-batch.ts';

/**
 * Training batches as the trainer takes them: what `make` makes of the samples that come next.
 *
 * @param planOf an epoch's batches: which samples each holds.
 * @throws {InputError} when there are no samples, or the position is outside its epoch.
 */
export function indexSource(
  planOf: (epoch: number) => readonly Int32Array[],
  position: DataPosition,
  make: (indices: Int32Array) => MicroBatch,
): BatchSource {
  const stream = new IndexStream(planOf, position);
  return {
    get position() {
      return stream.position;
    },
    get batchesInEpoch() {
      return stream.batchesInEpoch;
    },
    next: (parts) => stream.next(parts).map(make),
  };
}
