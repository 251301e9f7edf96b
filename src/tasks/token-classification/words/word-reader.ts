/** How a tagger reads words: which tokens a word is. */
export interface WordReader {
  /** Tokens before and after every sentence. */
  readonly frame: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** The tokens of a word, one at least. The first of them has the word's tag. */
  tokensOf(word: string): readonly number[];
  /** The characters of a word, where they are read beside its one token. */
  charactersOf?(word: string): Int32Array;
  /** Tokens it knows. */
  readonly size: number;
  /** The words that it knows, in the order of their ids; absent where tokens are none. */
  readonly names?: readonly string[];
  readonly characterSize?: number;
  readonly padTokenId: number;
  readonly unknownId: number;
  /** Whether every character is a word, blanks too. */
  readonly isOfCharacters: boolean;
  /** The files of a model folder that it is made of. */
  readonly files: Readonly<Record<string, string>>;
}
