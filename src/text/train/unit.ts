import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError } from '../../io/error.ts';
import {
  type Normalization,
  specialTokens,
  type TokenizerPipeline,
  trainedTokenizerConfig,
  trainedTokenizerJson,
} from '../tokenizer-json.ts';
import { assembleTokenizer, type TrainedTokenizer } from './trained-tokenizer.ts';

/** A recipe's `tokenizer` whose tokens are characters or whole words. */
export interface UnitOptions {
  kind: 'char' | 'word';
  /** Tokens in all, including `</s>`, `<unk>`, `<pad>` and perhaps `<mask>`; the most frequent are kept. Default: no limit. */
  vocab_size?: number | undefined;
  /** Rarer tokens are unknown. Default 1. */
  min_frequency?: number | undefined;
  lowercase?: boolean | undefined;
  /**
   * The Unicode form of text. With `NFD` decoded text is decomposed too, so use it only for texts that are read, not
   * written. Default `NFC`.
   */
  normalization?: Normalization | undefined;
  /** Whether every text ends with `</s>`; set it to false for a language model of running text. Default true. */
  add_eos_token?: boolean | undefined;
  /** Whether every text begins with `</s>`, from which a language model of lines starts. Default false. */
  add_bos_token?: boolean | undefined;
  /** Whether there is a token `<mask>`, which a masked language model needs. Default false. */
  add_mask_token?: boolean | undefined;
}

/**
 * Creates a tokenizer whose tokens are the characters (Unicode code points, including blanks and newlines) or the words
 * (separated by blanks) of a text.
 *
 * Text is normalized to NFC (Hangul jamo become syllables) or the chosen form, and optionally lower-cased. After that,
 * decode(encode(s)) = s for known characters; for words, runs of blanks become one space. Characters have ids in code
 * point order; words are ordered by falling frequency, then in code unit order. So the same text, in any order of
 * lines, gives the same tokenizer. `<unk>`, `</s>` and `<pad>` in a text are those tokens; training does not count them
 * as words.
 *
 * @throws {InputError} when an option is out of range, or there is no text.
 */
export function trainUnits(lines: Iterable<string>, options: UnitOptions): TrainedTokenizer {
  const { kind, vocab_size = Number.POSITIVE_INFINITY, min_frequency = 1, lowercase = false, normalization } = options;
  const specials = specialTokens({ addMask: options.add_mask_token });
  const least = specials.length + 1;
  if (!(vocab_size >= least) || !(Number.isInteger(vocab_size) || vocab_size === Number.POSITIVE_INFINITY)) {
    throw new InputError(
      `tokenizer: vocab_size must be an integer of at least ${least} (${specials.length} special tokens and one ${kind}), got ${vocab_size}`,
    );
  }
  if (!Number.isInteger(min_frequency) || min_frequency < 1) {
    throw new InputError(`tokenizer: min_frequency must be an integer ≥ 1, got ${min_frequency}`);
  }
  const pipeline = {
    kind,
    lowercase,
    addEos: options.add_eos_token ?? true,
    addBos: options.add_bos_token,
    addMask: options.add_mask_token,
    normalization,
  };
  const counts = countUnits(lines, pipeline);
  for (const special of specials) counts.delete(special);
  if (counts.size === 0) throw new InputError(`tokenizer: expected text to train on, got no ${kind}s`);
  const ranked = [...counts].sort(([a, n], [b, m]) => (n === m ? (a < b ? -1 : 1) : m - n));
  const known = ranked.slice(0, vocab_size - specials.length).filter(([, count]) => count >= min_frequency);
  if (known.length === 0) {
    throw new InputError(
      `tokenizer: expected a ${kind} that occurs at least min_frequency = ${min_frequency} times, got at most ${ranked[0][1]}`,
    );
  }
  const tokens = known.map(([unit]) => unit);
  if (kind === 'word') return assembleTokenizer({ tokens, merges: [] }, pipeline, []);
  const inOrder = tokens.sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const rest = ranked.slice(tokens.length).map(([unit]) => unit);
  return assembleTokenizer({ tokens: inOrder, merges: [] }, pipeline, rest);
}

/** How often each unit occurs, split by the same pipeline that will encode. */
function countUnits(lines: Iterable<string>, pipeline: TokenizerPipeline): Map<string, number> {
  const json = trainedTokenizerJson({ tokens: [], merges: [] }, pipeline);
  const { normalizer, pre_tokenizer: preTokenizer } = new HuggingFaceTokenizer(json, trainedTokenizerConfig());
  const counts = new Map<string, number>();
  for (const line of lines) {
    if (line === '') continue;
    const text = normalizer!.normalize(line);
    // Avoids an array of millions of characters.
    const units = pipeline.kind === 'char' ? text : preTokenizer!.pre_tokenize(text);
    for (const unit of units) counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  return counts;
}
