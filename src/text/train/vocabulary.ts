import { type BpeOptions, trainBpe } from './bpe.ts';
import { type TrainedTokenizer, widen } from './trained-tokenizer.ts';
import { trainUnits, type UnitOptions } from './unit.ts';

/** A recipe's `tokenizer` of one vocabulary. */
export type OneTokenizerOptions = ({ kind: 'bpe' } & BpeOptions) | UnitOptions;

/** A recipe's `tokenizer`. */
export type TokenizerOptions = OneTokenizerOptions & {
  /** One vocabulary for both sides, or one per side. Default true. */
  shared?: boolean;
  /** The target's own settings, if the vocabularies are separate and the target is split differently. */
  target?: OneTokenizerOptions;
};

/** One tokenizer per side; the same object twice if the vocabulary is shared. */
export interface TokenizerPair {
  source: TrainedTokenizer;
  target: TrainedTokenizer;
}

/**
 * Trains one tokenizer on lines of text, or on whole texts if newlines are to be tokens.
 *
 * @throws {InputError} as `trainBpe` and `trainUnits`.
 */
export function trainTokenizer(lines: Iterable<string>, options: OneTokenizerOptions): TrainedTokenizer {
  return options.kind === 'bpe' ? trainBpe(lines, options) : trainUnits(lines, options);
}

/**
 * Trains the tokenizers of a sequence-to-sequence model: one for both sides, or one per side, extended to the same
 * size.
 *
 * @throws {InputError} as `trainTokenizer`.
 */
export function trainTokenizers(
  text: { source: readonly string[]; target: readonly string[] },
  options: TokenizerOptions,
): TokenizerPair {
  if (options.shared === false) {
    const source = trainTokenizer(text.source, options);
    const target = trainTokenizer(text.target, options.target ?? options);
    const size = Math.max(source.vocabSize, target.vocabSize);
    return { source: widen(source, size), target: widen(target, size) };
  }
  const both = trainTokenizer(chain(text.source, text.target), options);
  return { source: both, target: both };
}

function* chain(...parts: readonly (readonly string[])[]): Generator<string> {
  for (const part of parts) yield* part;
}
