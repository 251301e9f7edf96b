import { add, constantTensor, type Dim, mul, reshape, type Tensor } from '../../graph/index.ts';
import { range, reduceMax, takeAlong, topK } from '../../ops/index.ts';

/** A row cut into blocks: block j holds the entries j, j + count, j + 2·count, … */
export interface Blocks {
  /** Entries of a block. */
  readonly size: number;
  readonly count: number;
  /** size · count, at least the row's length. */
  readonly total: number;
}

/** Below this many columns for one wanted, looking at all is as fast. */
const leastRatio = 100;

/** The blocks in which to look for the `k` largest of `length` entries; one block of everything when that is short. */
export function blocksOf(length: number, k: number): Blocks {
  const size = length < leastRatio * k ? 1 : Math.max(2, Math.round(Math.sqrt(length / k) / 2));
  const count = Math.ceil(length / size);
  return { size, count, total: size * count };
}

/**
 * The k largest of the last axis, largest first, found by blocks: they all lie in the k blocks with the largest maxima.
 *
 * `x`: [..., n], n a number and a whole number of blocks → values [..., k], positions int32 [..., k]. A maximum of every block is cheap; sorting
 * is done over n / size and k · size entries instead of n.
 */
export function blockTopK(x: Tensor, k: number, { size, count }: Blocks): readonly [values: Tensor, positions: Tensor] {
  const all = (tensor: Tensor) => topK.all(tensor, { k }) as readonly [Tensor, Tensor];
  if (size === 1) return all(x);
  const lead: readonly Dim[] = x.shape.slice(0, -1);
  const largest = reduceMax(reshape(x, { shape: [...lead, size, count] }), { axes: [-2] });
  const [, blocks] = all(largest);
  const offsets = mul(range({ size }), constantTensor(count, [], 'int32'));
  const entries = reshape(add(reshape(blocks, { shape: [...lead, k, 1] }), offsets), { shape: [...lead, k * size] });
  const [values, places] = all(takeAlong(x, entries));
  return [values, takeAlong(entries, places)];
}
