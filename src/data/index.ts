/** Parallel text to batches of like length; dates to learn from without a download. */
export * from './batch.ts';
export * from './date-example.ts';
export * from './date-format.ts';
export * from './document.ts';
export * from './encode.ts';
export * from './encode-text.ts';
export * from './epoch.ts';
export * from './index-stream.ts';
export * from './labelled.ts';
export * from './parallel.ts';
export * from './plain-text.ts';
export * from './shuffle.ts';
export * from './table.ts';
export * from './tagged.ts';
export type { TaggedSentence } from './tagged-sentence.ts';
export * from './text-epoch.ts';
export * from './text-window.ts';
export * from './word-vectors.ts';
