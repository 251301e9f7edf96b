import type { HostTensor } from '../../runtime/backend.ts';

/** A tensor of two axes. */
export type HostMatrix = HostTensor & { readonly shape: readonly [number, number] };

/** Whole numbers in rows, row-major. */
export const int32Matrix = (rows: number, columns: number, data: Int32Array): HostMatrix => ({
  type: 'int32',
  shape: [rows, columns],
  data,
});

/** Texts as inputs of an encoder, padded on the right: `input_ids` and `attention_mask`, int32 [B, T]. */
export function textFeeds(
  texts: readonly Int32Array[],
  padTokenId: number,
): { readonly input_ids: HostMatrix; readonly attention_mask: HostMatrix } {
  const time = texts.reduce((most, { length }) => Math.max(most, length), 0);
  const ids = new Int32Array(texts.length * time).fill(padTokenId);
  const mask = new Int32Array(ids.length);
  texts.forEach((text, row) => {
    ids.set(text, row * time);
    mask.fill(1, row * time, row * time + text.length);
  });
  return {
    input_ids: int32Matrix(texts.length, time, ids),
    attention_mask: int32Matrix(texts.length, time, mask),
  };
}
