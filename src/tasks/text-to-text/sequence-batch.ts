import type { Batch } from '../../data/batch.ts';
import { BatchStream, type DataPosition } from '../../data/batch-stream.ts';
import type { EncodedPairs } from '../../data/encode.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { BatchSource, MicroBatch } from '../../train/micro-batch.ts';
import { rowFeeds } from '../loss-row.ts';

const int32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ type: 'int32', shape, data });

/** A batch as `sequenceLoss` is fed it. */
export function sequenceFeeds(batch: Batch): MicroBatch {
  const { B, S, T, inputIds, attentionMask, decoderInputIds, targetTokens } = batch;
  return {
    labels: targetTokens,
    feeds: {
      input_ids: int32([B, S], inputIds),
      attention_mask: int32([B, S], attentionMask),
      decoder_input_ids: int32([B, T], decoderInputIds),
      ...rowFeeds(batch.rows, batch.rowLabels),
    },
  };
}

/** Training batches as the trainer takes them. */
export function sequenceSource(
  pairs: EncodedPairs,
  options: ConstructorParameters<typeof BatchStream>[1],
  position: DataPosition,
): BatchSource {
  const stream = new BatchStream(pairs, options, position);
  return {
    get position() {
      return stream.position;
    },
    get batchesInEpoch() {
      return stream.plan.batches.length;
    },
    next: (parts) => stream.next(parts).map(sequenceFeeds),
  };
}
