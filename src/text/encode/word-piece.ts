/** The parts of the library's `WordPiece` that are used here. */
export interface WordPieceModel {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly max_input_chars_per_word: number;
  readonly config: { readonly continuing_subword_prefix: string };
  readonly unk_token: string;
}

/**
 * The library's `WordPiece.encode` in bounded time: it tries only the lengths that tokens have. The library tries every
 * length, n³ characters for a word of n.
 *
 * Source: tokenizers.js 0.2.0 WordPiece.ts, with the same results.
 */
export function wordPieceEncoder(model: WordPieceModel): (words: readonly string[]) => string[] {
  const { tokens_to_ids: ids, max_input_chars_per_word: most, config, unk_token: unknown } = model;
  const prefix = config.continuing_subword_prefix;
  let longest = 0;
  let longestContinuing = 0;
  for (const token of ids.keys()) {
    longest = Math.max(longest, token.length);
    if (token.startsWith(prefix)) longestContinuing = Math.max(longestContinuing, token.length - prefix.length);
  }

  /** The pieces of a word. `starts` holds where its characters begin, and the word's length at the end. */
  const pieces = (word: string, starts: readonly number[]): string[] | undefined => {
    const found: string[] = [];
    let at = 0;
    while (at < starts.length - 1) {
      let end = Math.min(starts.length - 1, at + (at > 0 ? longestContinuing : longest));
      let piece: string | undefined;
      for (; end > at && piece === undefined; end--) {
        const text = word.slice(starts[at], starts[end]);
        const token = at > 0 ? prefix + text : text;
        if (ids.has(token)) piece = token;
      }
      if (piece === undefined) return undefined;
      found.push(piece);
      at = end + 1;
    }
    return found;
  };

  return (words) => {
    const tokens: string[] = [];
    for (const word of words) {
      const starts = [0];
      for (const character of word) starts.push(starts[starts.length - 1] + character.length);
      const found = starts.length - 1 > most ? undefined : pieces(word, starts);
      for (const token of found ?? [unknown]) tokens.push(token);
    }
    return tokens;
  };
}
