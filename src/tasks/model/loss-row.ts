import { IGNORE_INDEX } from '../../data/batch/batch.ts';
import type { HostTensor } from '../../runtime/backend.ts';

/** Rows in a chunk of the loss; their logits fit into cache. */
const chunkRows = 1024;

/**
 * The inputs of `tokenLoss`: the rows of the flattened [B · T] that count and their labels, in chunks of equal size:
 * `rows` and `row_labels`, int32 [chunks, chunk].
 */
export function rowFeeds(
  rows: Int32Array,
  labels: Int32Array,
): { readonly rows: HostTensor; readonly row_labels: HostTensor } {
  const chunks = Math.ceil(rows.length / chunkRows);
  const chunk = Math.ceil(rows.length / chunks);
  const shape = [chunks, chunk];
  const filled = { rows: new Int32Array(chunks * chunk), labels: new Int32Array(chunks * chunk).fill(IGNORE_INDEX) };
  filled.rows.set(rows);
  filled.labels.set(labels);
  return {
    rows: { type: 'int32', shape, data: filled.rows },
    row_labels: { type: 'int32', shape, data: filled.labels },
  };
}
