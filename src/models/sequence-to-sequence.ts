import type { Tensor } from '../graph/index.ts';
import type { Scope } from '../nn/index.ts';

/**
 * A tensor that decoding carries from step to step, and how it follows the beams.
 *
 * Rows are sentences times beams. `source`: one per sentence, never changed, shared by its beams. `slots`: grows by
 * one slot a beam and step and is never reordered; the step's mask says which slots are a beam's past.
 * `rows`: one per beam, replaced at every step and reordered with the beams.
 */
export interface StateTensor {
  readonly tensor: Tensor;
  readonly kind: 'source' | 'slots' | 'rows';
}

/** Tensors by name: `past_key_values.0.decoder.key`. */
export type DecoderState = Readonly<Record<string, StateTensor>>;

/** What a step is asked: one token for every beam of every sentence. */
export interface StepInput {
  /** int32 [sentences, beams]: the last token of every beam. */
  readonly tokens: Tensor;
  /** int32 [1]: how many tokens lie before these. Or [beams], where the beams are a prompt's tokens, read at once. */
  readonly position: Tensor;
  /** float [sentences, 1, beams, slots + beams]: 1 where a slot is the beam's past or its own new slot, else 0. */
  readonly visible: Tensor;
  /** int32 [sentences, slots + beams]: how many tokens lie before the one of each slot; 0 where no beam sees the slot. */
  readonly slotPositions: Tensor;
}

/** What a step gives. Attention weights are tapped: `cross_attentions.0`, [sentences, H, beams, S]. */
export interface StepOutput {
  /** [sentences, beams, D]: what the output layer (`head`) turns into logits. */
  readonly hidden: Tensor;
  /** The state after this step; `slots` entries have grown by one slot a beam. */
  readonly state: DecoderState;
}

/** Inputs of a whole forward pass. Ids are int32, masks int32 with 1 where there is text. */
export interface SequenceToSequenceInputs {
  /** [B, S] */
  readonly input_ids: Tensor;
  /** [B, S] */
  readonly attention_mask: Tensor;
  /** [B, T] */
  readonly decoder_input_ids: Tensor;
  /** [B, T]; all ones when absent. */
  readonly decoder_attention_mask?: Tensor;
  /**
   * float []: with which probability a token of `decoder_input_ids` is read while training; else the decoder reads what it
   * holds the best itself (scheduled sampling). Only where a model decodes in turn ({@link SequenceToSequenceModel.canSample}).
   */
  readonly teacher_forcing?: Tensor;
}

/** An encoder–decoder over one configuration: what training, decoding and inspection need, as graphs. */
export interface SequenceToSequenceModel {
  /** Token ids lie in 0 … size − 1. */
  readonly vocabulary: { readonly source: number; readonly target: number };
  /** The longest source and target that positions reach; absent where there is no limit. */
  readonly maxPositions?: number;
  /** Whether `hidden` reads `teacher_forcing`. Default false. */
  readonly canSample?: boolean;
  /** Last hidden state of the decoder, [B, T, D]. Attention maps and hidden states are tapped. */
  hidden(root: Scope, inputs: SequenceToSequenceInputs): Tensor;
  /** The output layer: weight [V, D] and bias [V], for logits or for a loss that never makes them. */
  head(root: Scope): { readonly weight: Tensor; readonly bias: Tensor };
  /** The state before the first step. `slots` entries start empty and are left out. */
  start(root: Scope, source: { readonly input_ids: Tensor; readonly attention_mask: Tensor }): DecoderState;
  /** The `slots` entries that steps append to: name → shape of one slot axis [sentences, H, slots, K] as [H, K]. */
  readonly slots: Readonly<Record<string, readonly [heads: number, width: number]>>;
  /** One step. `state` holds what `start` gave and, from the second step on, the slots so far. */
  step(root: Scope, state: DecoderState, input: StepInput): StepOutput;
}
