import {
  add,
  broadcastTo,
  constantTensor,
  type Dim,
  dim,
  mul,
  mulDim,
  reshape,
  subDim,
  type Tensor,
  zerosOf,
} from '../../../graph/index.ts';
import type { AttentionConfig, Drawn } from '../../../nn/index.ts';
import { cast, concat, equal, matmul, range, slice, softmax, sub, transpose } from '../../../ops/index.ts';

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
  /** They are among the first so many blocks, C. */
  readonly reach: number;
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

/** What an inner block always attends to, W numbers a slot. `x`, `window`: [B, H, M, W] → 5 × [B, H, M − 2, W]. */
const seen = (x: Tensor, window = x): Tensor[] => [
  everywhere(first(x)),
  ...([0, 1, 2] as const).map((from) => neighbours(window, from)),
  everywhere(last(x)),
];

/** Slots side by side. */
const joined = (slots: readonly Tensor[]): Tensor => concat(slots, { axis: 3 });

/** 1 where two numbers are the same, else 0. `a`: int32 [..., n, 1], `b`: int32 [..., 1, m] → float [..., n, m]. */
const isSame = (a: Tensor, b: Tensor): Tensor => cast(equal(a, b), { dtype: 'float' });

/**
 * Random blocks, side by side. `chosen`: int32 [H, M − 2, R]; x: [B, H, M, W] → [B, H, M − 2, R·W].
 *
 * Products with rows of one 1 each, whose gradients are products too: adding up rows at indices takes the engine several
 * times as long. First those within reach are picked, so that the work grows with the length and not with its square.
 */
function drawnBlocks(chosen: Tensor, reach: number): (x: Tensor) => Tensor {
  const [heads, , random] = chosen.shape as readonly [Dim, Dim, Dim];
  const rows = mulDim(inner, random);
  const near = range({ size: reach });
  const isNear = isSame(reshape(near, { shape: [reach, 1] }), reshape(range({ size: blocks }), { shape: [1, blocks] }));
  const isChosen = isSame(reshape(chosen, { shape: [heads, rows, 1] }), reshape(near, { shape: [1, 1, reach] }));
  return (x) => {
    const [batch, , , width] = x.shape;
    const all = reshape(x, { shape: [mulDim(batch, heads), blocks, width] });
    const within = reshape(matmul(isNear, all, {}), { shape: [batch, heads, reach, width] });
    return reshape(matmul(isChosen, within, {}), { shape: [batch, heads, inner, mulDim(random, width)] });
  };
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
  const isBlock = isSame(reshape(column, { shape: [blocks, 1] }), reshape(column, { shape: [1, blocks] }));
  return joined(seen(reshape(isBlock, { shape: [1, 1, blocks, blocks] })));
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

/** What is added to the scores of keys: 0 where the mask is 1, and where it is 0 what leaves them no weight. */
const forbidden = (mask: Tensor): Tensor => mul(sub(1, mask), -1e9);

/**
 * Values mixed for every query, and the weights. Queries, keys and values: [B, H, T, K], [B, H, S, K], [B, H, S, K], `bias`: what is
 * added to the scores, [B|1, H|1, 1, S]. Every text has a key that it may attend to.
 */
function mixed(query: Tensor, key: Tensor, value: Tensor, bias: Tensor): [context: Tensor, weights: Tensor] {
  const scores = matmul(query, key, { transposeB: true, alpha: 1 / Math.sqrt(Number(query.shape[3])) });
  const weights = softmax(add(scores, bias));
  return [matmul(weights, value, {}), weights];
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
  ({ blockSize: size, random, draw, reach }: SparseAttention): NonNullable<AttentionConfig['mix']> =>
  (scope, { query, key, value }, mask) => {
    const [batch, heads, time, width] = query.shape;
    const each = mulDim(heads, inner);
    const byBlock = (x: Tensor) => reshape(x, { shape: [x.shape[0], x.shape[1], blocks, mulDim(size, x.shape[3])] });
    const [q, k, v] = [query, key, value].map(byBlock) as [Tensor, Tensor, Tensor];
    const seenMask = byBlock(reshape(mask, { shape: [batch, 1, time, 1] }));

    const endQueries = reshape(concat([first(q), last(q)], { axis: 2 }), { shape: [batch, heads, 2 * size, width] });
    const [ends, endWeights] = mixed(endQueries, key, value, forbidden(mask));

    const isDrawn = scope.trace.isTraining && random > 0;
    const drawn = isDrawn && drawnBlocks(scope.at('random_blocks').drawn([heads, inner, random], draw), reach);
    const slots = (fixedSlots + (drawn ? random : 0)) * size;
    /** All slots of every inner block, as if that were a head. [B, H·(M − 2), slots, W]. */
    const inSlots = (x: Tensor) =>
      reshape(joined([...seen(x), ...(drawn ? [drawn(x)] : [])]), { shape: [batch, each, slots, width] });
    const ofHeads = (x: Tensor) => broadcastTo(x, { shape: [batch, heads, x.shape[2] as Dim, x.shape[3] as Dim] });
    const innerMask = joined([
      ...seen(seenMask, windowMask(seenMask)).map(ofHeads),
      ...(drawn ? [drawn(ofHeads(seenMask))] : []),
    ]);
    const isRepeated = !drawn && random > 0;
    const allowed = reshape(forbidden(innerMask), { shape: [batch, each, 1, slots] });
    const [middle, innerWeights] = mixed(
      reshape(neighbours(q, 1), { shape: [batch, each, size, width] }),
      inSlots(k),
      inSlots(v),
      isRepeated ? add(allowed, firstSlot(size, Math.log(random + 1), 0)) : allowed,
    );

    const fixedWeights = slice(innerWeights, { axis: 3, start: 0, end: fixedSlots * size });
    const once = isRepeated ? mul(fixedWeights, firstSlot(size, 1 / (random + 1), 1)) : fixedWeights;
    const whole = around(ends, reshape(middle, { shape: [batch, heads, mulDim(size, inner), width] }), size);
    return {
      context: mul(whole, reshape(mask, { shape: [batch, 1, time, 1] })),
      weights: around(
        endWeights,
        spread(reshape(once, { shape: [batch, heads, inner, size, fixedSlots * size] })),
        size,
      ),
    };
  };
