import { input, type Tensor } from '../../graph/index.ts';
import type { CausalModel } from '../../models/causal.ts';
import type { Scope } from '../../nn/index.ts';
import { tokenLoss } from './token.ts';

/**
 * The training loss of a language model: {@link tokenLoss} of the token that follows each token.
 *
 * Inputs: `input_ids` int32 [batch, time]; `rows`, `row_labels`, `loss_scale/labels`.
 */
export const causalLoss = (root: Scope, model: CausalModel, labelSmoothing: number): Tensor =>
  tokenLoss(
    model.hidden(root, { input_ids: input('input_ids', ['batch', 'time'], 'int32') }),
    model.head(root),
    labelSmoothing,
  );
