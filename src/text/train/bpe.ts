import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError } from '../../io/error.ts';
import { byteAlphabet } from '../byte-alphabet.ts';
import {
  type Normalization,
  specialTokens,
  type TokenizerJson,
  type TokenizerPipeline,
  trainedTokenizerConfig,
  trainedTokenizerJson,
} from '../tokenizer-json.ts';
import { METASPACE } from '../tokenizer-kind.ts';
import { learnMerges } from './bpe-merges.ts';
import { assembleTokenizer, type TrainedTokenizer } from './trained-tokenizer.ts';

export type { TrainedTokenizer } from './trained-tokenizer.ts';

/** A recipe's `tokenizer`, without the fields for two vocabularies. */
export interface BpeOptions {
  /** Tokens in all, including `</s>`, `<unk>`, `<pad>` and perhaps `<mask>`; fewer if the corpus does not yield as many. */
  vocab_size: number;
  lowercase?: boolean | undefined;
  /**
   * Build tokens from bytes instead of characters: no text is unknown, but a Korean syllable is three symbols before
   * merging.
   */
  byte_level?: boolean | undefined;
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
  /**
   * Whether to add a blank before every text, so that its first word is spelt like any other; decoding removes it. Use
   * false for running text, whose prompts are pieces of it; then a newline is a separate word too. Default true.
   */
  add_prefix_space?: boolean | undefined;
}

const MIN_FREQUENCY = 2;

/**
 * Trains a byte-pair tokenizer on lines of text.
 *
 * Text is normalized to NFC (Hangul jamo become syllables) or the chosen form, optionally lower-cased, and split into
 * words that include the space before them; merges never cross words. The character kind starts from the characters of
 * the corpus, the most frequent if not all fit; the byte kind starts from all 256 bytes. A pair that occurs once is not
 * merged. The same lines, in any order, give the same tokenizer.
 *
 * Source: Sennrich et al. 2016 (BPE), Radford et al. 2019 (byte level), Kudo and Richardson 2018 (the `▁` for a space).
 * @throws {InputError} when `vocab_size` is too small for the smallest alphabet, or there is no text.
 */
export function trainBpe(lines: Iterable<string>, options: BpeOptions): TrainedTokenizer {
  const {
    vocab_size,
    lowercase = false,
    byte_level: byteLevel = false,
    add_eos_token: addEos = true,
    add_bos_token: addBos,
    add_mask_token: addMask,
    add_prefix_space: isPrefixed = true,
    normalization,
  } = options;
  const specials = specialTokens({ addMask });
  const least = specials.length + (byteLevel ? 256 : 1);
  if (!Number.isInteger(vocab_size) || vocab_size < least) {
    const kind = byteLevel ? '256 bytes' : 'one character';
    throw new InputError(
      `tokenizer: vocab_size must be an integer of at least ${least} (${specials.length} special tokens and ${kind}), got ${vocab_size}`,
    );
  }
  const pipeline: TokenizerPipeline = {
    kind: `${byteLevel ? 'byte' : 'character'}-bpe${isPrefixed ? '' : '-unprefixed'}`,
    lowercase,
    addEos,
    addBos,
    addMask,
    normalization,
  };
  const words = countWords(lines, trainedTokenizerJson({ tokens: [], merges: [] }, pipeline));
  if (words.size === 0) throw new InputError('tokenizer: expected text to train on, got no words');
  const maxTokens = vocab_size - specials.length;
  const { alphabet, rest } = byteLevel
    ? { alphabet: [...byteAlphabet.keys()].sort(byCodePoint), rest: [] }
    : characterAlphabet(words, maxTokens);
  const reserved = new Set<string>(specials);
  const vocabulary = learnMerges({ words, alphabet, maxTokens, minFrequency: MIN_FREQUENCY, reserved });
  return assembleTokenizer(vocabulary, pipeline, rest);
}

/** How often each word occurs, split by the same pipeline that will encode. */
function countWords(lines: Iterable<string>, json: TokenizerJson): Map<string, number> {
  const { normalizer, pre_tokenizer: preTokenizer } = new HuggingFaceTokenizer(json, trainedTokenizerConfig());
  const counts = new Map<string, number>();
  for (const line of lines) {
    if (line === '') continue;
    for (const word of preTokenizer!.pre_tokenize(normalizer!.normalize(line))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

/** The characters that get an id, in code point order, and those that do not, most frequent first. */
function characterAlphabet(words: ReadonlyMap<string, number>, room: number): { alphabet: string[]; rest: string[] } {
  const counts = new Map<string, number>([[METASPACE, Number.POSITIVE_INFINITY]]);
  for (const [word, count] of words) {
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  const ranked = [...counts]
    .sort(([a, n], [b, m]) => (n === m ? byCodePoint(a, b) : m - n))
    .map(([character]) => character);
  return { alphabet: ranked.slice(0, room).sort(byCodePoint), rest: ranked.slice(room) };
}

function byCodePoint(a: string, b: string): number {
  return a.codePointAt(0)! - b.codePointAt(0)!;
}
