import {
  add,
  broadcastTo,
  constantTensor,
  type Dim,
  dim,
  gather,
  mul,
  mulDim,
  reshape,
  subDim,
  type Tensor,
  zerosOf,
} from '../../../graph/index.ts';
import type { AttentionConfig, Drawn } from '../../../nn/index.ts';
import {
  attention,
  biasedAttention,
  cast,
  concat,
  equal,
  matmul,
  range,
  slice,
  transpose,
} from '../../../ops/index.ts';

/** The number of blocks of a text, M: a symbol of the graph's sizes. */
export const blocksSymbol = 'blocks';
const blocks = dim(blocksSymbol);
/** Blocks between the first and the last. */
const inner = subDim(blocks, 2);

/** Blocks that an inner block always attends to: the first, its window of three, the last. */
const fixedSlots = 5;

/** What block-sparse attention depends on. */
export interface SparseAttention {
  /** Tokens of a block, N. */
  readonly blockSize: number;
  /** Random blocks of every inner block, R. */
  readonly random: number;
  /** Draws them in training: the numbers of blocks, the same for all texts, [H, M − 2, R]. */
  readonly draw: Drawn['draw'];
}

const first = (x: Tensor): Tensor => slice(x, { axis: 2, start: 0, end: 1 });
const last = (x: Tensor): Tensor => slice(x, { axis: 2, start: subDim(blocks, 1), end: blocks });

/** For every inner block the one before it (0), itself (1), or the one after it (2). [B, H, M, W] → [B, H, M − 2, W]. */
const neighbours = (x: Tensor, from: 0 | 1 | 2): Tensor =>
  slice(x, { axis: 2, start: from, end: subDim(blocks, 2 - from) });

/** The same for every inner block. [B, H, 1, W] → [B, H, M − 2, W]. */
const everywhere = (x: Tensor): Tensor => {
  const [batch, heads, , width] = x.shape;
  return broadcastTo(x, { shape: [batch, heads, inner, width] });
};

/** What an inner block always attends to, side by side. `x`, `window`: [B, H, M, W] → [B, H, M − 2, 5·W]. */
const seen = (x: Tensor, window = x): Tensor =>
  concat([everywhere(first(x)), ...([0, 1, 2] as const).map((from) => neighbours(window, from)), everywhere(last(x))], {
    axis: 3,
  });

/** The places of blocks in the flattened [B·H·M]. `chosen`: int32 [H, M − 2, R] → [B, H, M − 2, R]. */
function flatPlaces(chosen: Tensor, batch: Dim): Tensor {
  const [heads] = chosen.shape as readonly [Dim];
  const all = range({ size: mulDim(mulDim(batch, heads), blocks) });
  return add(first(reshape(all, { shape: [batch, heads, blocks, 1] })), chosen);
}

/** Random blocks, side by side. `x`: [B, H, M, W], `places`: int32 [B, H, M − 2, R] → [B, H, M − 2, R·W]. */
function drawnBlocks(x: Tensor, places: Tensor): Tensor {
  const [batch, heads, , width] = x.shape;
  const rows = reshape(x, { shape: [mulDim(mulDim(batch, heads), blocks), width] });
  return reshape(gather(rows, places), { shape: [batch, heads, inner, mulDim(places.shape[3], width)] });
}

/** The first and the last block are no neighbours: they are seen by all already. `mask`: [B, 1, M, N]. */
function windowMask(mask: Tensor): Tensor {
  const none = zerosOf(first(mask).shape);
  return concat([none, neighbours(mask, 1), none], { axis: 2 });
}

/** One number for the tokens of the first slot, another for the rest. [1, 1, 1, 5·N]. */
const firstSlot = (size: number, own: number, other: number): Tensor =>
  constantTensor(
    Array.from({ length: fixedSlots * size }, (_, at) => (at < size ? own : other)),
    [1, 1, 1, fixedSlots * size],
  );

/** 1 where a slot of an inner block holds a block, else 0. [1, 1, M − 2, 5·M]. */
function slotBlocks(): Tensor {
  const column = range({ size: blocks });
  const isSame = equal(reshape(column, { shape: [blocks, 1] }), reshape(column, { shape: [1, blocks] }));
  return seen(reshape(cast(isSame, { dtype: 'float' }), { shape: [1, 1, blocks, blocks] }));
}

/** The weights of inner blocks over all tokens. [B, H, M − 2, N, 5·N] → [B, H, N·(M − 2), N·M]. */
function spread(weights: Tensor): Tensor {
  const [batch, heads, , size] = weights.shape;
  const each = mulDim(heads, inner);
  const slots = reshape(weights, { shape: [batch, each, size, fixedSlots, size] });
  const bySlot = reshape(transpose(slots, { permutation: [0, 1, 3, 2, 4] }), {
    shape: [batch, each, fixedSlots, mulDim(size, size)],
  });
  const places = broadcastTo(slotBlocks(), { shape: [batch, heads, inner, mulDim(fixedSlots, blocks)] });
  const byBlock = matmul(reshape(places, { shape: [batch, each, fixedSlots, blocks] }), bySlot, { transposeA: true });
  const whole = transpose(reshape(byBlock, { shape: [batch, each, blocks, size, size] }), {
    permutation: [0, 1, 3, 2, 4],
  });
  return reshape(whole, { shape: [batch, heads, mulDim(size, inner), mulDim(size, blocks)] });
}

/** What the first and the last block have, around what the inner ones have. [B, H, 2·N, W], [B, H, T − 2·N, W] → [B, H, T, W]. */
function around(ends: Tensor, middle: Tensor, size: number): Tensor {
  const end = (from: number) => slice(ends, { axis: 2, start: from, end: from + size });
  return concat([end(0), middle, end(size)], { axis: 2 });
}

/**
 * Attention block by block, whose time and memory grow with the length and not with its square.
 *
 * The first and the last block attend to all tokens. Every inner block attends to the first, the last, itself, both
 * neighbours and R random blocks; one that is both random and not is counted twice. Random blocks are drawn in training,
 * anew for every layer, head and update. Otherwise all are the first block, as in Transformers: nothing is gathered, and
 * its scores get ln(R + 1). Tokens of padding get zeros.
 *
 * Queries, keys and values: [B, H, T, K], T a multiple of N → [B, H, T, K]. The weights, [B, H, T, T], are only computed where they are
 * read. As in Transformers, those of the first block are those of one of its R + 1 occurrences; in training, the weights
 * of random blocks are missing.
 *
 * Source: Zaheer et al. 2020, section 2; transformers 5.24.0 modeling_big_bird.py, bigbird_block_sparse_attention.
 */
export const sparseAttention =
  ({ blockSize: size, random, draw }: SparseAttention): NonNullable<AttentionConfig['mix']> =>
  (scope, { query, key, value }, mask) => {
    const [batch, heads, time, width] = query.shape;
    const each = mulDim(heads, inner);
    const byBlock = (x: Tensor) => reshape(x, { shape: [x.shape[0], x.shape[1], blocks, mulDim(size, x.shape[3])] });
    const [q, k, v] = [query, key, value].map(byBlock) as [Tensor, Tensor, Tensor];
    const seenMask = byBlock(reshape(mask, { shape: [batch, 1, time, 1] }));

    const endQueries = reshape(concat([first(q), last(q)], { axis: 2 }), { shape: [batch, heads, 2 * size, width] });
    const [ends, endWeights] = attention.all(endQueries, key, value, mask, {});

    const isDrawn = scope.trace.isTraining && random > 0;
    const chosen = isDrawn ? scope.at('random_blocks').drawn([heads, inner, random], draw) : undefined;
    const places = chosen && flatPlaces(chosen, batch);
    const slots = (fixedSlots + (places ? random : 0)) * size;
    const withDrawn = (fixed: Tensor, x: Tensor) =>
      places ? concat([fixed, drawnBlocks(x, places)], { axis: 3 }) : fixed;
    /** As if every inner block were a head. */
    const asHeads = (x: Tensor, shape: readonly [Dim, Dim]) => reshape(x, { shape: [batch, each, ...shape] });
    const ofHeads = (x: Tensor) => broadcastTo(x, { shape: [batch, heads, x.shape[2] as Dim, x.shape[3] as Dim] });
    const innerMask = withDrawn(ofHeads(seen(seenMask, windowMask(seenMask))), ofHeads(seenMask));
    const inputs = [
      asHeads(neighbours(q, 1), [size, width]),
      asHeads(withDrawn(seen(k), k), [slots, width]),
      asHeads(withDrawn(seen(v), v), [slots, width]),
      asHeads(innerMask, [1, slots]),
    ] as const;
    const isRepeated = !places && random > 0;
    const [middle, innerWeights] = isRepeated
      ? biasedAttention.all(...inputs, firstSlot(size, Math.log(random + 1), 0), {})
      : attention.all(...inputs, {});

    const fixedWeights = slice(innerWeights, { axis: 3, start: 0, end: fixedSlots * size });
    const once = isRepeated ? mul(fixedWeights, firstSlot(size, 1 / (random + 1), 1)) : fixedWeights;
    const mixed = around(ends, reshape(middle, { shape: [batch, heads, mulDim(size, inner), width] }), size);
    return {
      context: mul(mixed, reshape(mask, { shape: [batch, 1, time, 1] })),
      weights: around(
        endWeights,
        spread(reshape(once, { shape: [batch, heads, inner, size, fixedSlots * size] })),
        size,
      ),
    };
  };
