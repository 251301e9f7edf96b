import { gather, input, mulDim, reshape, type Tensor } from '../graph/index.ts';
import type { SequenceToSequenceModel } from '../models/sequence-to-sequence.ts';
import type { Scope } from '../nn/index.ts';
import { linearCrossEntropy } from '../ops/index.ts';

/**
 * The training loss of an encoder–decoder: label-smoothed cross entropy of the rows that are not padding, times
 * `loss_scale`.
 *
 * Inputs: `input_ids`, `attention_mask` [batch, source], `decoder_input_ids` [batch, target]; `rows` [chunks, chunk]
 * tells which rows of the flattened [batch·target] count and `row_labels` their labels, negative where a row only fills
 * its chunk; `loss_scale` [] is 1/(labels that count in the whole update), so that accumulation is exact.
 */
export function sequenceLoss(root: Scope, model: SequenceToSequenceModel, labelSmoothing: number): Tensor {
  const hidden = model.hidden(root, {
    input_ids: input('input_ids', ['batch', 'source'], 'int32'),
    attention_mask: input('attention_mask', ['batch', 'source'], 'int32'),
    decoder_input_ids: input('decoder_input_ids', ['batch', 'target'], 'int32'),
  });
  const [batch, time, width] = hidden.shape;
  const flat = reshape(hidden, { shape: [mulDim(batch, time), width] });
  const rows = gather(flat, input('rows', ['chunks', 'chunk'], 'int32'));
  const { weight, bias } = model.head(root);
  return linearCrossEntropy(
    rows,
    weight,
    bias,
    input('row_labels', ['chunks', 'chunk'], 'int32'),
    input('loss_scale', []),
    {
      labelSmoothing,
    },
  );
}
