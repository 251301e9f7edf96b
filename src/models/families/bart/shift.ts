import { broadcastTo, constantTensor, mul, reshape, sum, type Tensor } from '../../../graph/index.ts';
import { cast, concat, equal, not, range, slice, sub } from '../../../ops/index.ts';

/** All tokens but the last, after others. `first`: int32 [B, 1], `ids`: int32 [B, S] → [B, S]. */
const after = (first: Tensor, ids: Tensor): Tensor => {
  const [, time] = ids.shape;
  const whole = concat([first, ids], { axis: 1 });
  return slice(whole, { axis: 1, start: 0, end: time });
};

/**
 * Tokens after a start token, without the last. `ids`: int32 [B, S] → [B, S].
 *
 * Source: transformers 5.24.0 modeling_bart.py, shift_tokens_right.
 */
export const afterStart = (ids: Tensor, start: number): Tensor =>
  after(broadcastTo(constantTensor(start, [], 'int32'), { shape: [ids.shape[0], 1] }), ids);

/**
 * Tokens after the last of them that is not padding, without the last. `ids`: int32 [B, S] → [B, S].
 *
 * Source: transformers 5.24.0 modeling_mbart.py, shift_tokens_right.
 */
export function afterOwnLast(ids: Tensor, padding: number): Tensor {
  const [batch, time] = ids.shape;
  const isText = cast(not(equal(ids, constantTensor(padding, [], 'int32'))), { dtype: 'float' });
  const last = sub(sum(isText, { axes: [1], keepDims: true }), 1);
  const places = reshape(cast(range({ size: time }), { dtype: 'float' }), { shape: [1, time] });
  const isLast = cast(equal(cast(places, { dtype: 'int32' }), cast(last, { dtype: 'int32' })), { dtype: 'float' });
  // Ids are exact in float32: a vocabulary has fewer than 2²⁴ tokens.
  const id = sum(mul(cast(ids, { dtype: 'float' }), isLast), { axes: [1] });
  return after(reshape(cast(id, { dtype: 'int32' }), { shape: [batch, 1] }), ids);
}
