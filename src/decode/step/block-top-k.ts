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
import { firstOf } from '../../io/item-at.ts';
import { blockMax, concat, less, range, takeAlong, takeRows, topK, where } from '../../ops/index.ts';

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

/** Some groups, one after another, of those whose largest entries are looked for. */
export interface GroupPart {
  /** [part, rows, n] */
  readonly x: Tensor;
  /** Which groups they are, int32 [part]; absent if they are all. */
  readonly groups?: Tensor | undefined;
}

/**
 * The k largest of the rows' entries plus a number of their row, of all rows of a group together.
 *
 * `parts`: [groups, rows, n] in parts, n a number ≥ k, `ofRows`: [groups, rows] → [groups, k]. They are looked for by
 * blocks, because all of them are in the k blocks with the largest maxima: the maximum of a block is cheap, and only
 * n / size entries of a row and k · size entries of a group are sorted.
 */
export function topEntries(parts: readonly GroupPart[], ofRows: Tensor, k: number): TopEntries {
  const { x } = firstOf(parts, 'a part');
  const [, rows, length] = axisSizes('topEntries', 'x', x, ['groups', 'rows', 'entries']);
  const [groups] = ofRows.shape as readonly [Dim];
  const n = Number(length);
  const size = blockSize(n, k);
  const blocks = Math.ceil(n / size);
  const all = mulDim(rows, blocks);
  const maxima = joined(parts.map(({ x }) => (size === 1 ? x : blockMax(x, { size }))));
  const sums = add(maxima, reshape(ofRows, { shape: [groups, rows, 1] }));
  const [, best] = topK.all(reshape(sums, { shape: [groups, all] }), { k }) as readonly [Tensor, Tensor];
  /** Of the best blocks, a number that each block has: [groups, k]. */
  const ofBest = (numbers: Tensor) =>
    gather(reshape(broadcastTo(numbers, { shape: [rows, blocks] }), { shape: [all] }), best);
  const bestBlocks: BestBlocks = {
    places: best,
    rows: ofBest(reshape(range({ size: rows }), { shape: [rows, 1] })),
    starts: ofBest(mul(range({ size: blocks }), ids(size))),
  };
  const perBlock = (numbers: Tensor) => reshape(numbers, { shape: [groups, k, 1] });
  const perEntry = (numbers: Tensor) => reshape(numbers, { shape: [groups, k * size] });
  const found = joined(parts.map(({ x, groups }) => entriesOf(x, blocksOf(bestBlocks, groups), size)));
  const entries = add(found, perBlock(takeAlong(ofRows, bestBlocks.rows)));
  const [values, chosen] = topK.all(perEntry(entries), { k }) as readonly [Tensor, Tensor];
  const rowOfEach = add(perBlock(bestBlocks.rows), constantTensor(new Array(size).fill(0), [size], 'int32'));
  const columnOfEach = add(perBlock(bestBlocks.starts), range({ size }));
  // Constants gathered by `chosen` would be fewer numbers, but on WebGPU two more that are read back.
  return {
    values,
    rows: takeAlong(perEntry(rowOfEach), chosen),
    columns: takeAlong(perEntry(columnOfEach), chosen),
  };
}

/** Some blocks of each group, all int32 [groups, k]. */
interface BestBlocks {
  /** Among all blocks of a group, row after row. */
  readonly places: Tensor;
  readonly rows: Tensor;
  /** The first columns. */
  readonly starts: Tensor;
}

/** The blocks of some groups. */
const blocksOf = ({ places, rows, starts }: BestBlocks, groups: Tensor | undefined): BestBlocks =>
  groups
    ? { places: gather(places, groups), rows: gather(rows, groups), starts: gather(starts, groups) }
    : { places, rows, starts };

/** Groups in their order. */
const joined = (parts: readonly Tensor[]): Tensor => concat(parts, { axis: 0 });

/** The entries of blocks: [groups, k, size]; {@link nothing} past the end of a row, because its last block can be shorter. */
function entriesOf(x: Tensor, { places, rows, starts }: BestBlocks, size: number): Tensor {
  const [groups, count, length] = axisSizes('topEntries', 'x', x, ['groups', 'rows', 'entries']);
  const [, k] = places.shape as readonly [Dim, Dim];
  const n = Number(length);
  if (n % size === 0) return takeRows(reshape(x, { shape: [groups, mulDim(count, n / size), size] }), places);
  const each = (numbers: Tensor) => reshape(numbers, { shape: [groups, k, 1] });
  const columns = add(each(starts), range({ size }));
  const isInside = less(columns, ids(n));
  const at = add(each(mul(rows, ids(n))), where(isInside, columns, ids(0)));
  const all = reshape(x, { shape: [groups, mulDim(count, n)] });
  const found = reshape(takeAlong(all, reshape(at, { shape: [groups, mulDim(k, size)] })), { shape: columns.shape });
  return where(isInside, found, constantTensor(nothing));
}

/** The k largest of the last axis, largest first. `x`: [..., n], n a number ≥ k → values [..., k], positions int32 [..., k]. */
export function blockTopK(x: Tensor, k: number): readonly [values: Tensor, positions: Tensor] {
  const lead: readonly Dim[] = x.shape.slice(0, -1);
  const rows = sizeOf(lead);
  const zeros = broadcastTo(constantTensor(0), { shape: [rows, 1] });
  const all = { x: reshape(x, { shape: [rows, 1, Number(x.shape[x.rank - 1])] }) };
  const { values, columns } = topEntries([all], zeros, k);
  const shape = [...lead, k];
  return [reshape(values, { shape }), reshape(columns, { shape })];
}

const ids = (id: number): Tensor => constantTensor(id, [], 'int32');
