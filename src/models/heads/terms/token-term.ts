import { noPadding, type Padding } from '../../../data/batch/padding.ts';
import { input, mulDim, reshape, type Tensor } from '../../../graph/index.ts';
import { lossScale, type Scope } from '../../../nn/index.ts';
import { linear, linearCrossEntropy, pick } from '../../../ops/index.ts';
import type { HostTensor } from '../../../runtime/backend.ts';
import { ignoredLabel } from '../../inputs/checked-inputs.ts';
import type { Term } from './term.ts';

/** The layer that scores every token of a vocabulary, E the width that it reads. */
export interface OutputLayer {
  /** What comes before the product, row by row: BERT's transform. [..., D] → [..., E]; nothing when absent. */
  rows?(root: Scope, hidden: Tensor): Tensor;
  /** [V, E] and [V]. */
  head(root: Scope): { readonly weight: Tensor; readonly bias: Tensor };
  /** Makes the parameters that the layer has and never reads. */
  unread?(root: Scope): void;
}

/** Scores of every token for every vector. [..., D] → [..., V]. */
export function tokenLogits(root: Scope, { rows, head }: OutputLayer, hidden: Tensor): Tensor {
  const read = rows ? rows(root, hidden) : hidden;
  const { weight, bias } = head(root);
  return linear(read, weight, bias);
}

/** The most rows that count in a chunk of the loss; their logits fit into cache. */
export const chunkRows = 1024;

/**
 * A chunk of at least so many rows, not a whole page of 1,024 float32 long. In the product for the gradient of the weights,
 * the chunk is the inner width; rows that begin at the same place of a page share the same few lines of the processor's
 * first cache, which makes that product 10 % slower.
 */
const offPage = (size: number): number => (size === chunkRows ? size + 16 : size);

/**
 * The inputs of a term of tokens: the rows of the flattened [B · T] that count, no row twice, and their labels, in chunks of
 * equal size: `rows` and `row_labels`, int32 [chunks, chunk].
 * @param padding fills up the chunks.
 */
export function rowFeeds(
  rows: Int32Array,
  labels: Int32Array,
  { count }: Padding = noPadding,
): { readonly rows: HostTensor; readonly row_labels: HostTensor } {
  const chunks = Math.ceil(rows.length / chunkRows);
  const chunk = offPage(count(Math.ceil(rows.length / chunks)));
  const shape = [chunks, chunk];
  const filled = { rows: new Int32Array(chunks * chunk), labels: new Int32Array(chunks * chunk).fill(ignoredLabel) };
  filled.rows.set(rows);
  filled.labels.set(labels);
  return {
    rows: { type: 'int32', shape, data: filled.rows },
    row_labels: { type: 'int32', shape, data: filled.labels },
  };
}

/** The rows that have labels. `shift`: the label of a row is that of the token so many places later. */
function labelledRows({ data, shape }: HostTensor, shift: number): ReturnType<typeof rowFeeds> & { count: number } {
  const columns = shape[shape.length - 1];
  const at = Int32Array.from((data as Int32Array).keys()).filter(
    (i) => i % columns >= shift && data[i] !== ignoredLabel,
  );
  const labels = at.map((i) => Number(data[i]));
  return {
    ...rowFeeds(
      at.map((i) => i - shift),
      labels,
    ),
    count: at.length,
  };
}

/**
 * Label-smoothed cross entropy of tokens: the term of every model that predicts tokens.
 *
 * Inputs: `rows` [chunks, chunk], the rows of the flattened [batch·time] that count, no row twice, and `row_labels`, their
 * labels, negative for rows that only fill a chunk, which come last. Rows are gathered before the output layer, so that padding and tokens
 * without a label cost nothing there.
 * @param shift 1 for a model whose row t is compared with the label at t + 1.
 */
export const tokenTerm = (output: OutputLayer, shift = 0): Term => ({
  name: 'labels',
  feeds({ labels }) {
    const { count, ...feeds } = labelledRows(labels, shift);
    return { feeds, count };
  },
  sum(root, { body: { last_hidden_state: hidden } }, { labelSmoothing = 0 }) {
    const [batch, time, width] = hidden.shape;
    const flat = reshape(hidden, { shape: [mulDim(batch, time), width] });
    const picked = pick(flat, input('rows', ['chunks', 'chunk'], 'int32'));
    const labels = input('row_labels', ['chunks', 'chunk'], 'int32');
    const read = output.rows ? output.rows(root, picked) : picked;
    const { weight, bias } = output.head(root);
    return linearCrossEntropy(read, weight, bias, labels, lossScale(this.name), { labelSmoothing });
  },
});
