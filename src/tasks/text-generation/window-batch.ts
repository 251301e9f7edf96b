import type { DataPosition } from '../../data/batch/index-stream.ts';
import {
  consecutiveWindows,
  planWindows,
  type WindowBatch,
  type WindowOptions,
  windowBatch,
} from '../../data/batch/text-window.ts';
import { indexSource } from '../../train/update/index-source.ts';
import type { BatchSource, MicroBatch } from '../../train/update/micro-batch.ts';
import { rowFeeds } from '../model/loss-row.ts';

/** Windows as inputs of `causalLoss`: every token is a label. */
function windowFeeds({ B, T, inputIds, labels }: WindowBatch): MicroBatch {
  const rows = Int32Array.from(labels.keys());
  const { length } = labels;
  const input_ids = { type: 'int32' as const, shape: [B, T], data: inputIds };
  return { counts: { labels: length }, tokens: length, feeds: { input_ids, ...rowFeeds(rows, labels) } };
}

/** Training batches for the trainer. @throws {InputError} when the text is shorter than a window. */
export function windowSource(ids: Int32Array, options: WindowOptions, position: DataPosition): BatchSource {
  const planOf = (epoch: number) => planWindows(ids.length, options, epoch);
  return indexSource(planOf, position, (indices) => windowFeeds(windowBatch(ids, indices, options.block_size)));
}

/** Batches in which every token except the first is a label exactly once. */
export function* windowFeedsOf(ids: Int32Array, options: Omit<WindowOptions, 'seed'>): Generator<MicroBatch> {
  for (const batch of consecutiveWindows(ids, options)) yield windowFeeds(batch);
}
