import { input, reshape, sizeOf, type Tensor } from '../../graph/index.ts';
import type { CausalModel } from '../../models/body/causal.ts';
import { checkConfig, inRole } from '../../models/families/check-config.ts';
import { crossEntropyLoss, type Scope } from '../../nn/index.ts';
import { argmax, linear } from '../../ops/index.ts';
import type { HostTensor } from '../../runtime/backend.ts';

/** The label of a position without a question. */
export const unasked = -100;

/** A language model, Heddle's own Transformer without dropout and otherwise with a recipe's defaults. */
export const causalModel = (fields: Readonly<Record<string, unknown>>): CausalModel =>
  inRole(
    checkConfig({ model_type: 'transformer_lm', dropout: 0, ...fields }, 'lab', { isStrict: true }),
    'causal',
    'lab',
  ).model;

/** The scores after every token of `input_ids` (int32 [B, T]), [B·T, V]. */
function tokenLogits(root: Scope, model: CausalModel): Tensor {
  const hidden = model.hidden(root, { input_ids: input('input_ids', ['batch', 'time'], 'int32') });
  const { weight, bias } = model.head(root);
  const [batch, time, width] = hidden.shape;
  return linear(reshape(hidden, { shape: [sizeOf([batch, time]), width] }), weight, bias);
}

/** Labels of every position, flattened. */
function flatLabels(): Tensor {
  const labels = input('labels', ['batch', 'time'], 'int32');
  return reshape(labels, { shape: [sizeOf(labels.shape)] });
}

/** Mean cross entropy at the positions that have labels. Inputs: `input_ids`, `labels` int32 [B, T]. */
export const labelledTokenLoss = (root: Scope, model: CausalModel): Tensor =>
  crossEntropyLoss(tokenLogits(root, model), flatLabels());

/** The most likely token after every token: `found` int32 [B·T]. */
export const likeliestTokens = (root: Scope, model: CausalModel): { readonly found: Tensor } => ({
  found: argmax(tokenLogits(root, model)),
});

/** The share of labels found, over labelled positions [B, T] with `from` ≤ t < `to`. */
export function shareFound(labels: HostTensor, found: HostTensor, from: number, to: number): number {
  const time = labels.shape[1];
  let [asked, right] = [0, 0];
  labels.data.forEach((label, i) => {
    const t = i % time;
    if (Number(label) === unasked || t < from || t >= to) return;
    asked++;
    if (Number(label) === Number(found.data[i])) right++;
  });
  return right / asked;
}
