import { Tokenizer } from '@huggingface/tokenizers';

/**
 * What JavaScript runs for a regular expression of a `tokenizer.json`, which is written in Oniguruma's syntax: the library
 * translates it, and shows what came of it in a tokenizer that does nothing else.
 *
 * @throws {SyntaxError} when it is no regular expression.
 */
export function compilePattern(regex: string): RegExp {
  const { normalizer } = new Tokenizer(
    {
      added_tokens: [],
      normalizer: { type: 'Replace', pattern: { Regex: regex }, content: '' },
      pre_tokenizer: null,
      model: { type: 'BPE', vocab: {}, merges: [] },
      post_processor: null,
      decoder: null,
    },
    {},
  );
  return normalizer.pattern;
}
