import { type DataPosition, IndexStream } from '../../data/batch/index-stream.ts';
import type { BatchSource, MicroBatch } from './micro-batch.ts';

/**
 * Training batches for the trainer: `make` builds each from the samples that come next, and the number of their epoch.
 *
 * @param planOf the batches of an epoch: the samples in each.
 * @throws {InputError} when there are no samples, or when the position is outside its epoch.
 */
export function indexSource(
  planOf: (epoch: number) => readonly Int32Array[],
  position: DataPosition,
  make: (indices: Int32Array, epoch: number) => MicroBatch,
): BatchSource {
  const stream = new IndexStream(planOf, position);
  return {
    get position() {
      return stream.position;
    },
    get batchesInEpoch() {
      return stream.batchesInEpoch;
    },
    next(parts) {
      const { epoch } = stream.position;
      return stream.next(parts).map((indices) => make(indices, epoch));
    },
  };
}
