import type { Files } from '../../../train/run/run-folder.ts';

/** How a tagger reads words: the tokens of each word. */
export interface WordReader {
  /** Tokens before and after every sentence. */
  readonly frame: { readonly before: readonly number[]; readonly after: readonly number[] };
  /**
   * The tokens of a word, at least one. The first of them has the word's tag.
   * @param isFirst whether no word of its sentence stands before it.
   */
  tokensOf(word: string, isFirst: boolean): readonly number[];
  /** The characters of a word, if they are read in addition to its token. */
  charactersOf?(word: string): Int32Array;
  /** The number of tokens it knows. */
  readonly size: number;
  /** The words that it knows, in the order of their ids; absent if tokens are not words. */
  readonly names?: readonly string[];
  readonly characterSize?: number;
  readonly padTokenId: number;
  readonly unknownId: number;
  /** The token that stands for each token of a dropped word; null if no token stands for an unknown or a hidden one. */
  readonly droppedId: number | null;
  /** Whether every character is a word, including blanks. */
  readonly isOfCharacters: boolean;
  /** The files of a model folder for this reader. */
  readonly files: Files;
}
