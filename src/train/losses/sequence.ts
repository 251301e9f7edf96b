import { input, type Tensor } from '../../graph/index.ts';
import type { SequenceToSequenceModel } from '../../models/body/decoder.ts';
import type { Scope } from '../../nn/index.ts';
import { tokenLoss } from './token.ts';

/**
 * The training loss of an encoder–decoder: {@link tokenLoss} of the target's tokens without padding.
 *
 * Inputs: `input_ids`, `attention_mask` [batch, source], `decoder_input_ids` [batch, target]; `rows`, `row_labels`,
 * `loss_scale/labels`.
 */
export function sequenceLoss(root: Scope, model: SequenceToSequenceModel, labelSmoothing: number): Tensor {
  const hidden = model.hidden(root, {
    input_ids: input('input_ids', ['batch', 'source'], 'int32'),
    attention_mask: input('attention_mask', ['batch', 'source'], 'int32'),
    decoder_input_ids: input('decoder_input_ids', ['batch', 'target'], 'int32'),
  });
  return tokenLoss(hidden, model.head(root), labelSmoothing);
}
