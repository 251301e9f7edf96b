import { mul, reshape, sum, type Tensor } from '../../../graph/index.ts';
import { argmax, cast, equal, range } from '../../../ops/index.ts';

/**
 * The vector of every text's last token that counts; of its first token if none does.
 *
 * `hidden`: [B, T, D], `counts`: float [B, T], 1 for a token that counts, else 0 → [B, D].
 */
export function lastVector(hidden: Tensor, counts: Tensor): Tensor {
  const [batch, time] = counts.shape;
  const places = reshape(cast(range({ size: time }), { dtype: 'float' }), { shape: [1, time] });
  const last = reshape(argmax(mul(places, counts)), { shape: [batch, 1] });
  const isLast = cast(equal(cast(places, { dtype: 'int32' }), last), { dtype: 'float' });
  return sum(mul(hidden, reshape(isLast, { shape: [batch, time, 1] })), { axes: [1] });
}
