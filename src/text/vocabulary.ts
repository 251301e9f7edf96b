import { type BpeOptions, type TrainedTokenizer, trainBpe, widen } from './bpe-train.ts';

/** A recipe's `tokenizer`. */
export interface TokenizerOptions extends BpeOptions {
  kind: 'bpe';
  /** One vocabulary for both sides, or one for each. Default true. */
  shared?: boolean;
}

/** One tokenizer a side; the same object twice when the vocabulary is shared. */
export interface TokenizerPair {
  source: TrainedTokenizer;
  target: TrainedTokenizer;
}

/**
 * Trains the tokenizers of a sequence-to-sequence model: one on both sides together, or one on each, widened to one size.
 *
 * @throws {InputError} as `trainBpe`.
 */
export function trainTokenizers(
  text: { source: readonly string[]; target: readonly string[] },
  options: TokenizerOptions,
): TokenizerPair {
  if (options.shared === false) {
    const [source, target] = [trainBpe(text.source, options), trainBpe(text.target, options)];
    const size = Math.max(source.vocabSize, target.vocabSize);
    return { source: widen(source, size), target: widen(target, size) };
  }
  const both = trainBpe(chain(text.source, text.target), options);
  return { source: both, target: both };
}

function* chain(...parts: readonly (readonly string[])[]): Generator<string> {
  for (const part of parts) yield* part;
}
