import { type Batch, type BatchTokens, makeBatch } from '../../data/batch/batch.ts';
import type { EncodedPairs } from '../../data/batch/encode.ts';
import { type EpochOptions, planEpoch } from '../../data/batch/epoch.ts';
import type { DataPosition } from '../../data/batch/index-stream.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import { indexSource } from '../../train/update/index-source.ts';
import type { BatchSource, MicroBatch } from '../../train/update/micro-batch.ts';
import { rowFeeds } from '../model/loss-row.ts';

const int32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ type: 'int32', shape, data });

/** A batch as inputs of `sequenceLoss`. */
export function sequenceFeeds(batch: Batch): MicroBatch {
  const { B, S, T, inputIds, attentionMask, decoderInputIds, targetTokens } = batch;
  return {
    counts: { labels: targetTokens },
    tokens: targetTokens,
    feeds: {
      input_ids: int32([B, S], inputIds),
      attention_mask: int32([B, S], attentionMask),
      decoder_input_ids: int32([B, T], decoderInputIds),
      ...rowFeeds(batch.rows, batch.rowLabels),
    },
  };
}

/** Training batches for the trainer. */
export const sequenceSource = (
  pairs: EncodedPairs,
  options: EpochOptions & BatchTokens,
  position: DataPosition,
): BatchSource =>
  indexSource(
    (epoch) => planEpoch(pairs, options, epoch).batches,
    position,
    (indices) => sequenceFeeds(makeBatch(pairs, indices, options)),
  );
