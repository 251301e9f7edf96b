/** Tokenizers: running a `tokenizer.json`, and training one. */
export * from './bpe-train.ts';
export * from './tokenizer.ts';
export * from './tokenizer-json.ts';
export * from './vocabulary.ts';
