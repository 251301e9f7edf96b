import { type EncodedPairs, encodePairs, pairAt } from '../../data/batch/encode.ts';
import { type ParallelEntry, type ParallelText, readParallel } from '../../data/read/parallel.ts';
import { InputError } from '../../io/error.ts';
import type { Folder } from '../../io/folder.ts';
import { itemAt } from '../../io/item-at.ts';
import { trainTokenizers } from '../../text/train/vocabulary.ts';
import { keptInLanguages } from '../folder/language-option.ts';
import { newTokenizers, type TrainingTokenizers } from '../folder/tokenizer-folder.ts';
import { readSplits, splitValues } from '../run/split.ts';
import type { TextToTextRecipe } from './recipe.ts';
import { sideTokenizer } from './recipe-tokenizer-pair.ts';

/** The data of a recipe of text pairs, ready for a model. */
export interface TextToTextData {
  readonly tokenizers: TrainingTokenizers;
  readonly train: EncodedPairs;
  readonly validation?: { readonly text: ParallelText; readonly pairs: EncodedPairs };
  readonly test?: ParallelText;
  /** Pairs skipped because a side has more than `max_length` tokens. */
  readonly tooLong: number;
  /** What was skipped or replaced in the files, one line each. */
  readonly readingNotes: readonly string[];
}

/**
 * Reads a recipe's text, trains its tokenizers and encodes it.
 *
 * @param kept the checkpoint of a resumed run, or the folder that a run starts from: its tokenizers are kept.
 * @throws {InputError} when a file is missing or truncated, when the two files differ in length, or when no pair is
 *   short enough to train on.
 */
export async function readTextToTextData(
  { data, tokenizer, train }: TextToTextRecipe,
  kept?: Folder,
): Promise<TextToTextData> {
  const { max_unpacked_bytes } = data;
  const texts = await readSplits(data, (entry: ParallelEntry) =>
    readParallel(data.root, entry, { max_unpacked_bytes }),
  );
  const { train: text, validation, test } = texts;
  const target = sideTokenizer(tokenizer, 'target');
  const options = { ...sideTokenizer(tokenizer, 'source'), shared: tokenizer.shared, target };
  const tokenizers = kept
    ? await keptInLanguages(kept, tokenizer, (option) => `recipe: tokenizer.${option}`)
    : newTokenizers(trainTokenizers(text, options));
  const { pairs, tooLong } = withinLength(encodePairs(text, tokenizers), train.max_length);
  return {
    tokenizers,
    train: pairs,
    validation: validation && {
      text: validation,
      pairs: encodePairs(validation, tokenizers, { max_length: train.max_length }),
    },
    test,
    tooLong,
    readingNotes: splitValues(texts).flatMap(({ notes = [] }) => notes),
  };
}

function withinLength(pairs: EncodedPairs, longest: number): { pairs: EncodedPairs; tooLong: number } {
  const kept = pairs.source.flatMap((_, index) => {
    const pair = pairAt(pairs, index);
    return pair.source.length <= longest && pair.target.length <= longest ? [{ ...pair, index }] : [];
  });
  if (kept.length === 0) {
    throw new InputError(`data: expected pairs of at most train.max_length = ${longest} tokens, got none`);
  }
  return {
    pairs: {
      ...pairs,
      source: kept.map(({ source }) => source),
      target: kept.map(({ target }) => target),
      origin: (i) => pairs.origin(itemAt(kept, i, 'a pair').index),
    },
    tooLong: pairs.source.length - kept.length,
  };
}

/** Information about the data for the user, one line each. */
export function dataNotes({ train }: TextToTextRecipe, data: TextToTextData): string[] {
  const { source, target, unknownCharacters: unknown } = data.tokenizers;
  const vocabulary = source === target ? `${source.vocabSize} shared` : `${source.vocabSize} and ${target.vocabSize}`;
  const cut = data.validation && data.validation.pairs.truncated.source + data.validation.pairs.truncated.target;
  const length = `train.max_length = ${train.max_length} tokens`;
  return [
    `data: ${data.train.source.length} pairs to train on, vocabulary of ${vocabulary} tokens`,
    ...data.readingNotes,
    ...(data.tooLong ? [`data: ${data.tooLong} pairs skipped, longer than ${length}`] : []),
    ...(cut ? [`data: validation texts cut to ${length}: ${cut}`] : []),
    ...(unknown.length ? [unknownNote(unknown)] : []),
  ];
}

const unknownNote = (characters: readonly string[]): string =>
  `data: ${characters.length} rare characters become <unk>: ${characters.slice(0, 10).join(' ')}`;
