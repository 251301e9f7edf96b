/** What a `Unigram` of the library holds. */
export interface UnigramModel {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token_id: number | undefined;
  tokenize(word: string): string[];
}

/**
 * The library's `Unigram.encode`, with unknown characters beside one another made one token here: the library joins them
 * one by one and looks each result up, n² characters for n of them, and spreads the tokens of a text over the arguments of
 * one call, of which there may not be as many.
 */
export function unigramEncoder(model: UnigramModel): (words: readonly string[]) => string[] {
  const { tokens_to_ids: ids, unk_token_id: unknownId } = model;
  const isUnknown = (token: string): boolean => (ids.get(token) ?? unknownId) === unknownId;
  return (words) => {
    const tokens: string[] = [];
    let run: string[] = [];
    const endRun = (): void => {
      if (run.length > 0) tokens.push(run.join(''));
      run = [];
    };
    for (const token of words.flatMap((word) => model.tokenize(word))) {
      if (isUnknown(token)) run.push(token);
      else {
        endRun();
        tokens.push(token);
      }
    }
    endRun();
    return tokens;
  };
}
