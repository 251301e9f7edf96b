import type { Tensor } from '../../graph/index.ts';
import type { Scope } from '../../nn/index.ts';
import type { Named } from '../inputs/input-spec.ts';

/**
 * A tensor that decoding carries from step to step, and how it relates to beams.
 *
 * Rows are sentences times beams. `source`: one per sentence, never changed, shared by its beams. `slots`: [sentences·H·slots,
 * K], of which every step writes one slot per beam and leaves the others as they are; the step's mask says which slots are
 * a beam's past. `rows`: one per beam, replaced at every step and reordered with the beams.
 */
export interface StateTensor {
  readonly tensor: Tensor;
  readonly kind: 'source' | 'slots' | 'rows';
  /**
   * Whether it says what there is of the source, [..., S]: 1 at tokens, of which every source has one, and 0 at padding. A
   * step then does not check for attention that sees nothing.
   */
  readonly isMask?: boolean | undefined;
}

/** Tensors by name: `past_key_values.0.decoder.key`. */
export type DecoderState = Readonly<Record<string, StateTensor>>;

/** Inputs of a step: one token for every beam of every sentence. */
export interface StepInput {
  /** int32 [sentences, beams]: the last token of every beam. */
  readonly tokens: Tensor;
  /**
   * int32 [sentences, 1]: the number of tokens before these. Or [1, beams], if the beams are a prompt's tokens, read at
   * once.
   */
  readonly position: Tensor;
  /** float [sentences, 1, beams, slots]: 1 where a slot is the beam's past or its own new slot, else 0. */
  readonly visible: Tensor;
  /** int32 [sentences, slots]: the number of tokens before the one of each slot; 0 if no beam sees the slot. */
  readonly slotPositions: Tensor;
  /**
   * int32 [sentences, beams, heads]: the rows that the new tokens take in a `slots` tensor with so many heads. See
   * `storedSlots`.
   */
  slotRows(heads: number): Tensor;
}

/** Results of a step. Attention weights are tapped: `cross_attentions.0`, [sentences, H, beams, S]. */
export interface StepOutput {
  /** [sentences, beams, D], the input of the output layer (`head`), which gives logits. */
  readonly hidden: Tensor;
  /** The state after this step. */
  readonly state: DecoderState;
}

/** The inputs of an encoder–decoder that are never absent. */
export type SequenceInputs = Named & {
  readonly input_ids: Tensor;
  readonly attention_mask: Tensor;
  readonly decoder_input_ids: Tensor;
};

/** What the settings of a generation say of the first tokens. */
export interface StartSettings {
  readonly decoder_start_token_id?: number | null | undefined;
  readonly forced_bos_token_id?: number | null | undefined;
}

/** An encoder–decoder of one configuration: the graphs that training, decoding and inspection need. */
export interface SequenceToSequenceModel {
  /** Token ids lie in 0 … size − 1. */
  readonly vocabulary: { readonly source: number; readonly target: number };
  /** The longest source and target that the positions allow; absent if there is no limit. */
  readonly maxPositions?: number;
  /** Whether `hidden` reads `teacher_forcing`. Default false. */
  readonly canSample?: boolean;
  /**
   * What the output layer reads, made of the decoder's last hidden state, [B, T, D]. Attention maps and hidden states are
   * tapped.
   *
   * Inputs, int32, masks 1 where there is text: `input_ids`, `attention_mask` [B, S], `decoder_input_ids` [B, T],
   * optionally `decoder_attention_mask` [B, T]. With {@link SequenceToSequenceModel.canSample} also `teacher_forcing`,
   * float []: the probability of reading a token of `decoder_input_ids` in training; otherwise the decoder reads its own
   * best prediction (scheduled sampling).
   */
  hidden(root: Scope, inputs: SequenceInputs): Tensor;
  /** What is missing for this model to start, if anything. */
  startFault?(settings: StartSettings): string | undefined;
  /** The output layer: weight [V, D] and bias [V], for logits or for a loss that never stores them. */
  head(root: Scope): { readonly weight: Tensor; readonly bias: Tensor };
  /**
   * The state before the first step, from `input_ids` and `attention_mask`. Without the `slots` entries, which start empty. Also a
   * sentence alone is padded at the end: only its mask says how long it is.
   */
  start(root: Scope, source: Pick<SequenceInputs, 'input_ids' | 'attention_mask'>): DecoderState;
  /** The `slots` entries, [sentences·H·slots, K]: name → [H, K]. */
  readonly slots: Readonly<Record<string, readonly [heads: number, width: number]>>;
  /** One step. `state` holds the result of `start` and the slots. */
  step(root: Scope, state: DecoderState, input: StepInput): StepOutput;
}
