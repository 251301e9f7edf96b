/** Reads data files, groups examples into batches of similar length, and generates dates as training data. */
export * from './batch/batch.ts';
export * from './batch/encode.ts';
export * from './batch/encode-text.ts';
export * from './batch/epoch.ts';
export * from './batch/index-stream.ts';
export * from './batch/shuffle.ts';
export * from './batch/text-epoch.ts';
export * from './batch/text-window.ts';
export * from './dates/date-example.ts';
export * from './dates/date-format.ts';
export * from './read/document.ts';
export * from './read/labelled.ts';
export * from './read/parallel.ts';
export * from './read/plain-text.ts';
export * from './read/table.ts';
export * from './read/tagged.ts';
export type { TaggedSentence } from './read/tagged-sentence.ts';
export * from './read/word-vectors.ts';
