import type { Tensor } from '../graph/index.ts';
import type { Scope } from '../nn/index.ts';

/** Inputs of an encoder. Ids are int32, masks int32 with 1 where there is text. */
export interface EncoderInputs {
  /** [B, T] */
  readonly input_ids: Tensor;
  /** [B, T] */
  readonly attention_mask: Tensor;
  /**
   * Characters of words, [R, C], several words per row with a 0 between them. Absent, like `character_ends`, if the
   * model reads no characters.
   */
  readonly character_ids?: Tensor;
  /**
   * Positions in the flattened [R·C] at which the forward and the backward reading of a token end, its last and its
   * first character: [B, T, 2].
   */
  readonly character_ends?: Tensor;
}

/** A reader of sequences: one vector per token. Heads (a class of the text, a tag of each token) are built on it. */
export interface EncoderModel {
  /** Token ids lie in 0 … size − 1. */
  readonly vocabulary: number;
  /** Character ids lie in 0 … size − 1; absent if the model reads no characters. */
  readonly characterVocabulary?: number;
  /** The longest sequence that the positions allow; absent if there is no limit. */
  readonly maxPositions?: number;
  /** Width of a token's vector, D. */
  readonly width: number;
  /** The embedding table, [V, D] or of another width: one row per id. */
  table(root: Scope): Tensor;
  /** [B, T, D]; values at padding have no meaning. Attention maps and hidden states are tapped. */
  hidden(root: Scope, inputs: EncoderInputs): Tensor;
}
