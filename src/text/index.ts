/** Tokenizers: runs a `tokenizer.json`, makes one from the files of older tokenizers, and trains one. */
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
export * from './train/bpe.ts';
export { widen } from './train/trained-tokenizer.ts';
export * from './train/unit.ts';
export * from './train/vocabulary.ts';
export * from './words/splitter.ts';
export { Vocabulary, type VocabularyForm, type VocabularyJson } from './words/vocabulary.ts';
export * from './words/vocabulary-build.ts';
