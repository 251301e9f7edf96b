import { Tokenizer } from '@huggingface/tokenizers';
import type { TokenizerJson } from '../tokenizer-json.ts';

/**
 * Quadratic patterns of published tokenizers (DeepSeek LLM and V2), each with a linear one that has the same matches:
 * it begins only where its run does.
 */
const linearForms: ReadonlyMap<unknown, string> = new Map([['\\s+$', '(?<!\\s)\\s+$']]);

/** Whether {@link withLinearPatterns} replaces a pattern. */
export const hasLinearForm = (regex: string): boolean => linearForms.has(regex);

/** A checked `tokenizer.json` whose `pre_tokenizer` has the linear form of every pattern that has one. */
export function withLinearPatterns({ pre_tokenizer = null, ...json }: TokenizerJson): TokenizerJson {
  const linear = (name: string, value: unknown) => (name === 'Regex' ? (linearForms.get(value) ?? value) : value);
  return { ...json, pre_tokenizer: JSON.parse(JSON.stringify(pre_tokenizer), linear) };
}

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
