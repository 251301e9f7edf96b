import type { Tensor } from '../../graph/index.ts';
import type { Scope } from '../scope.ts';
import { cellOf, type RecurrentConfig, recurrentCell } from './recurrent.ts';

/** The state of stacked layers: the states of the first layer's cell, then of the next; [N, H] each. */
export type LayerStates = readonly Tensor[];

/**
 * One step of stacked layers in one direction, with the parameters of {@link recurrent}. Decoding repeats it.
 *
 * `x`: [N, I] → the last layer's output, [N, H], and the next states.
 */
export function recurrentStep(
  scope: Scope,
  config: RecurrentConfig,
  x: Tensor,
  states: LayerStates,
): { readonly output: Tensor; readonly states: LayerStates } {
  const { layers = 1, hiddenSize, dropout = 0 } = config;
  const count = cellOf(config).states;
  const next: Tensor[] = [];
  let below = x;
  for (let layer = 0; layer < layers; layer++) {
    const inputSize = layer === 0 ? config.inputSize : hiddenSize;
    const own = states.slice(layer * count, (layer + 1) * count);
    const after = recurrentCell(scope, { ...config, inputSize, suffix: `_l${layer}` }, below, own);
    next.push(...after);
    below = layer < layers - 1 ? scope.dropout(after[0], dropout) : after[0];
  }
  return { output: below, states: next };
}
