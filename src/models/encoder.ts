import type { Tensor } from '../graph/index.ts';
import type { Scope } from '../nn/index.ts';

/** What an encoder reads. Ids are int32, masks int32 with 1 where there is text. */
export interface EncoderInputs {
  /** [B, T] */
  readonly input_ids: Tensor;
  /** [B, T] */
  readonly attention_mask: Tensor;
  /**
   * Characters of words, [R, C], several words in a row with a 0 between them; absent, as `character_ends` is, where the
   * model has no character part.
   */
  readonly character_ids?: Tensor;
  /** Where in the flattened [R·C] a token's reading ends, forwards and backwards: at its last and first character, [B, T, 2]. */
  readonly character_ends?: Tensor;
}

/** A reader of sequences: one vector for every token. Heads (a class of the text, a tag of each token) stand on it. */
export interface EncoderModel {
  /** Token ids lie in 0 … size − 1. */
  readonly vocabulary: number;
  /** Character ids lie in 0 … size − 1; absent where the model reads no characters. */
  readonly characterVocabulary?: number;
  /** The longest sequence that positions reach; absent where there is no limit. */
  readonly maxPositions?: number;
  /** Width of a token's vector, D. */
  readonly width: number;
  /** The vectors of tokens, [V, D] or of another width: a row for each id. */
  table(root: Scope): Tensor;
  /** [B, T, D]; what stands at padding has no meaning. Attention maps and hidden states are tapped. */
  hidden(root: Scope, inputs: EncoderInputs): Tensor;
}
