import type { Tensor } from '../../graph/index.ts';
import type { Scope } from '../../nn/index.ts';
import type { InputSpec, Named } from '../inputs/input-spec.ts';
import type { DecoderState, StepInput, StepOutput } from './decoder.ts';

/** How a body writes token after token. */
export interface BodyDecoder {
  /** The `slots` entries, [sentences·H·slots, K]: name → [H, K]. */
  readonly slots: Readonly<Record<string, readonly [heads: number, width: number]>>;
  /** Whether `run` reads `teacher_forcing`, for scheduled sampling. */
  readonly canSample?: boolean;
  /** The state before the first step, from `input_ids` and, with an encoder, `attention_mask`. Without the `slots` entries. */
  start(root: Scope, given: Named): DecoderState;
  /** One step. `state` holds the result of `start` and the slots. */
  step(root: Scope, state: DecoderState, input: StepInput): StepOutput;
}

/**
 * A model without its head, made for one configuration: the graphs from tokens to vectors. Attention maps and hidden
 * states are tapped.
 */
export interface Body {
  readonly inputs: readonly InputSpec[];
  /** Width of the vectors of `last_hidden_state`, D. */
  readonly width: number;
  /** The longest sequence that the positions allow; absent if there is no limit. */
  readonly maxPositions?: number | undefined;
  /** The embedding table of the tokens that are read, or by a decoder written: [V, D] or of another width. */
  table(root: Scope): Tensor;
  /**
   * `last_hidden_state` [B, T, D], of the decoder if there is one; `encoder_last_hidden_state`; `pooler_output` [B, D] if
   * the body has a pooler. Values at padding have no meaning. For a class that reads only the first token, a trace
   * without taps gives a `last_hidden_state` of [B, 1, D].
   */
  run(root: Scope, given: Named): Named;
  readonly decoder?: BodyDecoder;
}

/** The output of a body's last layer. [B, T, D]. */
export const lastHidden = (body: Body, root: Scope, given: Named): Tensor => {
  const { last_hidden_state: hidden } = body.run(root, given);
  if (!hidden) throw new Error('body: expected last_hidden_state among its outputs');
  return hidden;
};
