import { type Batch, IGNORE_INDEX } from '../data/batch.ts';
import { BatchStream, type DataPosition } from '../data/batch-stream.ts';
import type { EncodedPairs } from '../data/encode.ts';
import type { HostTensor } from '../runtime/backend.ts';
import type { BatchSource, MicroBatch } from '../train/micro-batch.ts';

/** Rows of a chunk of the loss: its logits stay in cache. */
const chunkRows = 1024;

const int32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ type: 'int32', shape, data });

/** A batch as `sequenceLoss` is fed it. */
export function sequenceFeeds(batch: Batch): MicroBatch {
  const { B, S, T, inputIds, attentionMask, decoderInputIds, targetTokens } = batch;
  const chunks = Math.ceil(targetTokens / chunkRows);
  const chunk = Math.ceil(targetTokens / chunks);
  const rows = new Int32Array(chunks * chunk);
  const labels = new Int32Array(chunks * chunk).fill(IGNORE_INDEX);
  rows.set(batch.rows);
  labels.set(batch.rowLabels);
  return {
    labels: targetTokens,
    feeds: {
      input_ids: int32([B, S], inputIds),
      attention_mask: int32([B, S], attentionMask),
      decoder_input_ids: int32([B, T], decoderInputIds),
      rows: int32([chunks, chunk], rows),
      row_labels: int32([chunks, chunk], labels),
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
    next: () => sequenceFeeds(stream.next()),
  };
}
