import { Tokenizer } from '@huggingface/tokenizers';

/**
 * The JavaScript form of a regular expression of a `tokenizer.json`, which is written in Oniguruma's syntax. The
 * library translates it; a tokenizer that does nothing else shows the result.
 *
 * @throws {SyntaxError} when it is not a regular expression.
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
