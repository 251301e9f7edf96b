import { axisSizes, gather, input, mulDim, reshape, type Tensor } from '../../graph/index.ts';
import { lossScale } from '../../nn/index.ts';
import { linearCrossEntropy } from '../../ops/index.ts';

/**
 * Label-smoothed cross entropy of tokens, times `loss_scale/labels`: the loss of every model that predicts tokens.
 *
 * `hidden`: [batch, time, D] → []. Inputs: `rows` [chunks, chunk] lists the rows of the flattened [batch·time] that
 * count, and `row_labels` their labels, negative for rows that only fill a chunk; `loss_scale/labels` [] is
 * 1/(labels that count in the whole update).
 *
 * @throws {ShapeError} when `hidden` does not have three axes.
 */
export function tokenLoss(
  hidden: Tensor,
  { weight, bias }: { readonly weight: Tensor; readonly bias: Tensor },
  labelSmoothing: number,
): Tensor {
  const [batch, time, width] = axisSizes('tokenLoss', 'hidden', hidden, ['batch', 'time', 'width']);
  const flat = reshape(hidden, { shape: [mulDim(batch, time), width] });
  const rows = gather(flat, input('rows', ['chunks', 'chunk'], 'int32'));
  const labels = input('row_labels', ['chunks', 'chunk'], 'int32');
  return linearCrossEntropy(rows, weight, bias, labels, lossScale('labels'), { labelSmoothing });
}
