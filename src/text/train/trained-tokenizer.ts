import {
  specialTokens,
  type TokenizerConfig,
  type TokenizerJson,
  type TokenizerPipeline,
  type TokenVocabulary,
  trainedTokenizerConfig,
  trainedTokenizerJson,
} from '../tokenizer-json.ts';

/** A tokenizer, as its two files store it. */
export interface TrainedTokenizer {
  /** The content of `tokenizer.json`. */
  json: TokenizerJson;
  /** The content of `tokenizer_config.json`. */
  config: TokenizerConfig;
  /** The learnt tokens, without the special ones. */
  vocabulary: TokenVocabulary;
  pipeline: TokenizerPipeline;
  /** The resulting size, at most `vocab_size`; `<pad>` has the last id. */
  vocabSize: number;
  /** Characters of the corpus that did not fit, most frequent first; they are encoded as `<unk>`. */
  unknownCharacters: string[];
}

/** The files of a tokenizer with this vocabulary and pipeline. */
export function assembleTokenizer(
  vocabulary: TokenVocabulary,
  pipeline: TokenizerPipeline,
  unknownCharacters: string[],
): TrainedTokenizer {
  return {
    json: trainedTokenizerJson(vocabulary, pipeline),
    config: trainedTokenizerConfig(pipeline),
    vocabulary,
    pipeline,
    vocabSize: vocabulary.tokens.length + specialTokens(pipeline).length,
    unknownCharacters,
  };
}

/**
 * The same tokenizer, extended to `vocabSize` by tokens that no text contains (`<unused0>`, …) before `<pad>`.
 *
 * A model with two vocabularies has one `pad_token_id`, the last id of both, so both need the same size.
 */
export function widen(
  { vocabulary, pipeline, unknownCharacters, vocabSize }: TrainedTokenizer,
  to: number,
): TrainedTokenizer {
  const taken = new Set(vocabulary.tokens);
  const unused: string[] = [];
  for (let i = 0; unused.length < to - vocabSize; i++) if (!taken.has(`<unused${i}>`)) unused.push(`<unused${i}>`);
  return assembleTokenizer({ ...vocabulary, tokens: [...vocabulary.tokens, ...unused] }, pipeline, unknownCharacters);
}
