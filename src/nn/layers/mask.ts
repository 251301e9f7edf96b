import { constantTensor, type Dim, mul, reshape, type Tensor } from '../../graph/index.ts';
import { cast, less, range, sub } from '../../ops/index.ts';

/** 1 where query t may see key s, that is s ≤ t. float [1, 1, T, T]. */
export function causalMask(time: Dim): Tensor {
  const at = range({ size: time });
  const isFuture = less(reshape(at, { shape: [time, 1] }), reshape(at, { shape: [1, time] }));
  return reshape(sub(1, cast(isFuture, { dtype: 'float' })), { shape: [1, 1, time, time] });
}

/**
 * A padding mask in the form that attention reads. `mask`: int32 [B, S], 1 where there is text → float [B, 1, 1, S].
 */
export const paddingMask = (mask: Tensor): Tensor =>
  reshape(cast(mask, { dtype: 'float' }), { shape: [mask.shape[0], 1, 1, mask.shape[1]] });

/** Both masks hold. */
export const bothMasks = (a: Tensor, b: Tensor): Tensor => mul(a, b);

/** No restriction: 1 everywhere. float [1, 1, 1, 1]. */
export const noMask = (): Tensor => constantTensor([1], [1, 1, 1, 1]);
