import type { HostTensor } from '../../runtime/backend.ts';
import type { EncodedRow } from '../run/encoded-row.ts';

/** A tensor of two axes. */
export type HostMatrix = HostTensor & { readonly shape: readonly [number, number] };

/** Whole numbers in rows, row-major. */
export const int32Matrix = (rows: number, columns: number, data: Int32Array): HostMatrix => ({
  type: 'int32',
  shape: [rows, columns],
  data,
});

/** Whole numbers in a row. */
export const int32Vector = (data: Int32Array): HostTensor => ({ type: 'int32', shape: [data.length], data });

/** A text as tokens. */
export interface TextRow extends EncodedRow {
  readonly ids: Int32Array;
}

/** Texts as inputs of an encoder, padded on the right: `input_ids` and `attention_mask`, int32 [B, T]. */
export function textFeeds(
  rows: readonly TextRow[],
  padTokenId: number,
): { readonly input_ids: HostMatrix; readonly attention_mask: HostMatrix } {
  const time = rows.reduce((most, { size }) => Math.max(most, size), 0);
  const ids = new Int32Array(rows.length * time).fill(padTokenId);
  const mask = new Int32Array(ids.length);
  rows.forEach((row, at) => {
    ids.set(row.ids, at * time);
    mask.fill(1, at * time, at * time + row.size);
  });
  return {
    input_ids: int32Matrix(rows.length, time, ids),
    attention_mask: int32Matrix(rows.length, time, mask),
  };
}
