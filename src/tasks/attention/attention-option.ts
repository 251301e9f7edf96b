import type { LanguageOptions } from '../folder/language-option.ts';

/** Options of `attentionExamples`. */
export interface AttentionOptions extends LanguageOptions {
  /** The second text of each pair, in the order of the texts. */
  readonly text_pairs?: readonly string[] | undefined;
  /** What the decoder of an encoder–decoder writes for each text; by default what the model generates. */
  readonly targets?: readonly string[] | undefined;
  /** The expected outputs, where known, in the order of the texts. */
  readonly references?: readonly (string | undefined)[] | undefined;
  /** Whether rows and columns are words instead of tokens, see `wordAttention`. Default false. */
  readonly words?: boolean | undefined;
}

/** Options of `attentionExamples` for images. */
export interface ImageAttentionOptions {
  /** The expected labels, where known, in the order of the images. */
  readonly references?: readonly (string | undefined)[] | undefined;
}
