/** The parts of the library's `Unigram` that are used here. */
export interface UnigramModel {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  readonly unk_token_id: number | undefined;
  tokenize(word: string): string[];
}

/**
 * The library's `Unigram.encode`, but joining neighbouring unknown characters in linear time. The library joins them
 * one by one and looks up each result, n² characters for n of them. It also passes all tokens of a text as arguments of
 * one call, which fails for long texts.
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
