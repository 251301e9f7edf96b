import { type Batch, type BatchTokens, makeBatch } from '../../data/batch/batch.ts';
import type { EncodedPairs } from '../../data/batch/encode.ts';
import { type EpochOptions, planEpoch } from '../../data/batch/epoch.ts';
import type { Padding } from '../../data/batch/padding.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { rowFeeds } from '../../models/heads/terms/token-term.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import type { MicroBatch } from '../../train/update/micro-batch.ts';
import type { TrainingSet } from '../run/task-run.ts';

const int32 = (shape: readonly number[], data: Int32Array): HostTensor => ({ type: 'int32', shape, data });

/** A batch as inputs of an encoder–decoder's loss. */
export function sequenceFeeds(batch: Batch, padding?: Padding): MicroBatch {
  const { B, S, T, inputIds, attentionMask, decoderInputIds, targetTokens } = batch;
  return {
    counts: { labels: targetTokens },
    tokens: targetTokens,
    feeds: {
      input_ids: int32([B, S], inputIds),
      attention_mask: int32([B, S], attentionMask),
      decoder_input_ids: int32([B, T], decoderInputIds),
      ...rowFeeds(batch.rows, batch.rowLabels, padding),
    },
  };
}

/** The tokens that batches of a model are made with. */
export const batchTokens = ({ tokens }: Pick<ModelSetup<'sequence-to-sequence'>, 'tokens'>): BatchTokens => ({
  sourcePadId: tokens.padTokenId,
  targetPadId: tokens.padTokenId,
  decoderStartTokenId: tokens.decoderStartTokenId,
  startOf: tokens.startOf,
  padding: tokens.padding,
});

/** Pairs to train on, in batches of similar length. */
export const sequenceTraining = (pairs: EncodedPairs, options: EpochOptions & BatchTokens): TrainingSet => ({
  samples: pairs.source.length,
  plan: (epoch) => planEpoch(pairs, options, epoch).batches,
  batch: (indices) => sequenceFeeds(makeBatch(pairs, indices, options), options.padding),
});
