import type { HostTensor } from '../../runtime/backend.ts';

/**
 * Texts as an encoder is fed them, padded on the right: `input_ids` and `attention_mask`, int32 [B, T].
 *
 * @param indices which of the texts, in the order of the rows.
 */
export function textFeeds(
  texts: readonly Int32Array[],
  indices: Int32Array,
  padTokenId: number,
): { readonly input_ids: HostTensor; readonly attention_mask: HostTensor } {
  const time = indices.reduce((most, index) => Math.max(most, texts[index].length), 0);
  const shape = [indices.length, time];
  const ids = new Int32Array(indices.length * time).fill(padTokenId);
  const mask = new Int32Array(ids.length);
  indices.forEach((index, row) => {
    ids.set(texts[index], row * time);
    mask.fill(1, row * time, row * time + texts[index].length);
  });
  return {
    input_ids: { type: 'int32', shape, data: ids },
    attention_mask: { type: 'int32', shape, data: mask },
  };
}
