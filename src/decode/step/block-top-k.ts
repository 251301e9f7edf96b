import { add, constantTensor, type Dim, mul, reshape, type Tensor } from '../../graph/index.ts';
import { blockMax, less, range, takeAlong, topK, where } from '../../ops/index.ts';

/** With fewer columns than this per requested one, scanning all of them is as fast. */
const leastRatio = 100;

/** Size of the blocks in which to look for the `k` largest of `length` entries; 1: scan all of them. */
const blockSize = (length: number, k: number): number =>
  length < leastRatio * k ? 1 : Math.max(2, Math.round(Math.sqrt(length / k) / 2));

/** Less than any score. */
const nothing = -3e38;

/**
 * The k largest of the last axis, largest first, found by blocks: all of them are in the k blocks with the largest
 * maxima.
 *
 * `x`: [..., n], n a number → values [..., k], positions int32 [..., k]. The maximum of a block is cheap; only n / size
 * and k · size entries are sorted instead of n.
 */
export function blockTopK(x: Tensor, k: number): readonly [values: Tensor, positions: Tensor] {
  const all = (tensor: Tensor) => topK.all(tensor, { k }) as readonly [Tensor, Tensor];
  const length = Number(x.shape[x.rank - 1]);
  const size = blockSize(length, k);
  if (size === 1) return all(x);
  const lead: readonly Dim[] = x.shape.slice(0, -1);
  const [, blocks] = all(blockMax(x, { size }));
  const starts = mul(reshape(blocks, { shape: [...lead, k, 1] }), constantTensor(size, [], 'int32'));
  const entries = reshape(add(starts, range({ size })), { shape: [...lead, k * size] });
  const [values, places] = all(elementsAt(x, entries, length));
  return [values, takeAlong(entries, places)];
}

/** The elements of `x` at `entries`; `nothing` past its end, because the last block can be shorter. */
function elementsAt(x: Tensor, entries: Tensor, length: number): Tensor {
  const isInside = less(entries, constantTensor(length, [], 'int32'));
  const first = constantTensor(0, [], 'int32');
  return where(isInside, takeAlong(x, where(isInside, entries, first)), constantTensor(nothing));
}
