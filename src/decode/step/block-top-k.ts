import {
  add,
  axisSizes,
  broadcastTo,
  constantTensor,
  type Dim,
  gather,
  mul,
  mulDim,
  reshape,
  sizeOf,
  type Tensor,
} from '../../graph/index.ts';
import { blockMax, less, range, takeAlong, topK, where } from '../../ops/index.ts';

/** With fewer columns than this per requested one, scanning all of them is as fast. */
const leastRatio = 100;

/** Blocks of such sizes are read fastest, if they divide the length. */
const [leastBlock, mostBlock] = [32, 64];

/** Size of the blocks in which to look for the `k` largest of `length` entries; 1: scan all of them. */
function blockSize(length: number, k: number): number {
  if (length < leastRatio * k) return 1;
  for (let size = leastBlock; size <= mostBlock; size++) if (length % size === 0) return size;
  return Math.max(2, Math.round(Math.sqrt(length / k) / 2));
}

/** Less than any score. */
const nothing = -3e38;

/** The largest entries of several rows, largest first, and where they are; int32. */
export interface TopEntries {
  readonly values: Tensor;
  readonly rows: Tensor;
  readonly columns: Tensor;
}

/**
 * The k largest of the rows' entries plus a number of their row, of all rows of a group together.
 *
 * `x`: [groups, rows, n], n a number ≥ k, `ofRows`: [groups, rows] → [groups, k]. They are looked for by blocks, because
 * all of them are in the k blocks with the largest maxima: the maximum of a block is cheap, and only n / size entries of a
 * row and k · size entries of a group are sorted.
 */
export function topEntries(x: Tensor, ofRows: Tensor, k: number): TopEntries {
  const [groups, rows, length] = axisSizes('topEntries', 'x', x, ['groups', 'rows', 'entries']);
  const n = Number(length);
  const size = blockSize(n, k);
  const blocks = Math.ceil(n / size);
  const all = mulDim(rows, blocks);
  const maxima = size === 1 ? x : blockMax(x, { size });
  const sums = add(maxima, reshape(ofRows, { shape: [groups, rows, 1] }));
  const [, best] = topK.all(reshape(sums, { shape: [groups, all] }), { k }) as readonly [Tensor, Tensor];
  /** Of the best blocks, a number that each block has. */
  const ofBest = (numbers: Tensor) =>
    gather(reshape(broadcastTo(numbers, { shape: [rows, blocks] }), { shape: [all] }), best);
  const entries = (tensor: Tensor) => reshape(tensor, { shape: [groups, k * size] });
  const row = reshape(ofBest(reshape(range({ size: rows }), { shape: [rows, 1] })), { shape: [groups, k, 1] });
  const start = reshape(ofBest(mul(range({ size: blocks }), ids(size))), { shape: [groups, k, 1] });
  const places = {
    rows: entries(broadcastTo(row, { shape: [groups, k, size] })),
    columns: entries(add(start, range({ size }))),
  };
  const [values, chosen] = topK.all(entriesAt(x, ofRows, places, size), { k }) as readonly [Tensor, Tensor];
  return { values, rows: takeAlong(places.rows, chosen), columns: takeAlong(places.columns, chosen) };
}

/** The k largest of the last axis, largest first. `x`: [..., n], n a number ≥ k → values [..., k], positions int32 [..., k]. */
export function blockTopK(x: Tensor, k: number): readonly [values: Tensor, positions: Tensor] {
  const lead: readonly Dim[] = x.shape.slice(0, -1);
  const rows = sizeOf(lead);
  const zeros = broadcastTo(constantTensor(0), { shape: [rows, 1] });
  const { values, columns } = topEntries(reshape(x, { shape: [rows, 1, Number(x.shape[x.rank - 1])] }), zeros, k);
  const shape = [...lead, k];
  return [reshape(values, { shape }), reshape(columns, { shape })];
}

const ids = (id: number): Tensor => constantTensor(id, [], 'int32');

/** Entries of `x` plus the number of their row; `nothing` past the end of a row, because its last block can be shorter. */
function entriesAt(x: Tensor, ofRows: Tensor, { rows, columns }: Omit<TopEntries, 'values'>, size: number): Tensor {
  const [groups, count, length] = axisSizes('topEntries', 'x', x, ['groups', 'rows', 'entries']);
  const n = Number(length);
  const all = reshape(x, { shape: [groups, mulDim(count, n)] });
  const sums = (columns: Tensor) => add(takeAlong(all, add(mul(rows, ids(n)), columns)), takeAlong(ofRows, rows));
  if (n % size === 0) return sums(columns);
  const isInside = less(columns, ids(n));
  return where(isInside, sums(where(isInside, columns, ids(0))), constantTensor(nothing));
}
