/** Tokenizers: runs a `tokenizer.json`, and trains one. */
export * from './bpe-train.ts';
export {
  hasTokenizer,
  readTokenizer,
  type TokenizerSource,
  type TokenizerSources,
  tokenizerFilesIn,
} from './convert/read-tokenizer.ts';
export type { EncodingOptions } from './encode/encoder.ts';
export type { Encoding, Offsets } from './encode/encoding.ts';
export type { PaddingOptions } from './encode/padding.ts';
export type { Side, TruncationStrategy } from './encode/truncation.ts';
export type { TokenText } from './token-text.ts';
export * from './tokenizer.ts';
export * from './tokenizer-json.ts';
export { widen } from './trained-tokenizer.ts';
export * from './unit-train.ts';
export * from './vocabulary.ts';
export * from './vocabulary-build.ts';
export * from './word-splitter.ts';
export { Vocabulary, type VocabularyForm, type VocabularyJson } from './word-vocabulary.ts';
