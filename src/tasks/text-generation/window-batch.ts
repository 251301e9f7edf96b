import { consecutiveWindows, type WindowBatch, type WindowOptions, windowBatch } from '../../data/batch/text-window.ts';
import { rowFeeds } from '../../models/heads/terms/token-term.ts';
import type { MicroBatch } from '../../train/update/micro-batch.ts';

/** Windows as inputs of a language model's loss: every token is a label. */
function windowFeeds({ B, T, inputIds, labels }: WindowBatch): MicroBatch {
  const rows = Int32Array.from(labels.keys());
  const { length } = labels;
  const input_ids = { type: 'int32' as const, shape: [B, T], data: inputIds };
  return { counts: { labels: length }, tokens: length, feeds: { input_ids, ...rowFeeds(rows, labels) } };
}

/** The windows that begin at `starts`. */
export const windowsFrom = (ids: Int32Array, starts: Int32Array, block_size: number): MicroBatch =>
  windowFeeds(windowBatch(ids, starts, block_size));

/** Batches in which every token except the first is a label exactly once. */
export function* windowFeedsOf(ids: Int32Array, options: Omit<WindowOptions, 'seed'>): Generator<MicroBatch> {
  for (const batch of consecutiveWindows(ids, options)) yield windowFeeds(batch);
}
