import { mulDim, reshape, type Tensor } from '../../../graph/index.ts';
import { type LayerStates, type RecurrentConfig, recurrentStep, type Scope } from '../../../nn/index.ts';
import type { DecoderState, StateTensor } from '../../body/decoder.ts';

const parts = ['hidden', 'cell'];

/** Names of stacked layers' states, in {@link LayerStates}' order: `past_states.0.hidden`. */
export const stateNames = (layers: number, statesOfCell: number): string[] =>
  Array.from({ length: layers }, (_, layer) =>
    parts.slice(0, statesOfCell).map((part) => `past_states.${layer}.${part}`),
  ).flat();

/** States as decoding carries them: one row per beam. */
export const rowStates = (names: readonly string[], tensors: readonly Tensor[]): DecoderState =>
  Object.fromEntries(names.map((name, i): [string, StateTensor] => [name, { tensor: tensors[i], kind: 'rows' }]));

/** [sentences, beams, ...] → [sentences·beams, ...] */
export const rowsOf = (x: Tensor): Tensor =>
  reshape(x, { shape: [mulDim(x.shape[0], x.shape[1]), ...x.shape.slice(2)] });

/** [sentences·beams, ...] → [sentences, beams, ...], with the sizes of `like`. */
export const beamsOf = (x: Tensor, like: Tensor): Tensor =>
  reshape(x, { shape: [like.shape[0], like.shape[1], ...x.shape.slice(1)] });

/** {@link recurrentStep} of beams: `x` [sentences, beams, I], states [sentences, beams, H]. */
export function stepBeams(scope: Scope, config: RecurrentConfig, x: Tensor, states: LayerStates) {
  const { output, states: next } = recurrentStep(scope, config, rowsOf(x), states.map(rowsOf));
  return { output: beamsOf(output, x), states: next.map((state) => beamsOf(state, x)) };
}
