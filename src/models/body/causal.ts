import type { Tensor } from '../../graph/index.ts';
import type { Scope } from '../../nn/index.ts';
import type { DecoderState, StepInput, StepOutput } from './decoder.ts';

/** A language model that reads from left to right and predicts the next token after every token. */
export interface CausalModel {
  /** Token ids lie in 0 … size − 1. */
  readonly vocabulary: number;
  /** The longest text that the positions allow; absent if there is no limit. */
  readonly maxPositions?: number;
  /** Last hidden states, [B, T, D]; [b, t] depends only on tokens 0 … t. `input_ids`: int32 [B, T]. */
  hidden(root: Scope, inputs: { readonly input_ids: Tensor }): Tensor;
  /** The output layer: weight [V, D] and bias [V]. */
  head(root: Scope): { readonly weight: Tensor; readonly bias: Tensor };
  /** The state before the first token, for as many rows as `tokens` (int32 [B, T]) has. Without the `slots` entries. */
  start(root: Scope, tokens: Tensor): DecoderState;
  /** As {@link SequenceToSequenceModel.slots}. */
  readonly slots: Readonly<Record<string, readonly [heads: number, width: number]>>;
  /** One step, as {@link SequenceToSequenceModel.step}. */
  step(root: Scope, state: DecoderState, input: StepInput): StepOutput;
}
