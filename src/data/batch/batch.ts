import { type EncodedPair, type EncodedPairs, pairAt } from './encode.ts';
import { noPadding, type Padding } from './padding.ts';

/** What the loss ignores, as in PyTorch and Transformers. */
export const IGNORE_INDEX = -100;

/** One batch of pairs, padded on the right; matrices are row-major. */
export interface Batch {
  /** Pairs. */
  B: number;
  /** Longest source, padded. */
  S: number;
  /** Longest target, padded. */
  T: number;
  /** [B, S], the source's pad id after its end. */
  inputIds: Int32Array;
  /** [B, S], 1 where `inputIds` holds text, 0 on padding. */
  attentionMask: Int32Array;
  /** [B, T], −100 on padding. */
  labels: Int32Array;
  /** [B, T], the labels shifted right after the decoder's start token; the target's pad id after their end. */
  decoderInputIds: Int32Array;
  /** Labels that count. */
  targetTokens: number;
  /** [targetTokens], ascending positions of the labels that count in the flattened [B · T]. */
  rows: Int32Array;
  /** [targetTokens], the labels at `rows`. */
  rowLabels: Int32Array;
  /** [B], the indices of these pairs. */
  indices: Int32Array;
}

/** Special tokens of a batch, and how it is filled up. */
export interface BatchTokens {
  sourcePadId: number;
  targetPadId: number;
  decoderStartTokenId: number;
  /** The token that the decoder reads before a target, where it is one of the target's own. */
  startOf?: ((target: Int32Array) => number) | undefined;
  /** Default: no padding beyond the longest source and the longest target. */
  padding?: Padding | undefined;
}

/** Lays out the pairs at `indices` as one batch. @throws {RangeError} when an index is out of range. */
export function makeBatch(pairs: EncodedPairs, indices: Int32Array, tokens: BatchTokens): Batch {
  const { sourcePadId, targetPadId, decoderStartTokenId, startOf = () => decoderStartTokenId } = tokens;
  const { length } = tokens.padding ?? noPadding;
  const chosen: EncodedPair[] = [];
  for (const index of indices) chosen.push(pairAt(pairs, index));
  const B = chosen.length;
  const S = length(longest(chosen, 'source'));
  const T = length(longest(chosen, 'target'));
  const targetTokens = chosen.reduce((sum, { target }) => sum + target.length, 0);
  const batch: Batch = {
    B,
    S,
    T,
    inputIds: new Int32Array(B * S).fill(sourcePadId),
    attentionMask: new Int32Array(B * S),
    labels: new Int32Array(B * T).fill(IGNORE_INDEX),
    decoderInputIds: new Int32Array(B * T).fill(targetPadId),
    targetTokens,
    rows: new Int32Array(targetTokens),
    rowLabels: new Int32Array(targetTokens),
    indices,
  };
  let row = 0;
  chosen.forEach(({ source, target }, b) => {
    batch.inputIds.set(source, b * S);
    batch.attentionMask.fill(1, b * S, b * S + source.length);
    batch.labels.set(target, b * T);
    batch.decoderInputIds[b * T] = startOf(target);
    batch.decoderInputIds.set(target.subarray(0, -1), b * T + 1);
    batch.rowLabels.set(target, row);
    for (let t = 0; t < target.length; t++) batch.rows[row++] = b * T + t;
  });
  return batch;
}

const longest = (pairs: readonly EncodedPair[], side: keyof EncodedPair): number =>
  pairs.reduce((most, pair) => Math.max(most, pair[side].length), 0);
