import { documentsOf } from '../../data/read/document.ts';
import type { Folder } from '../../io/folder.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { trainTokenizer } from '../../text/train/vocabulary.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { keptTokenizers, newTokenizer } from '../folder/tokenizer-folder.ts';
import { readRunningText } from '../run/running-text.ts';
import { mapSplits, type Splits } from '../run/split.ts';
import { encodeLanguageText, encodingOf, type LanguageText, startToken } from './language-text.ts';
import type { TextGenerationRecipe } from './recipe.ts';

/** The data of a recipe for a language model, ready for a model. */
export interface TextGenerationData {
  readonly tokenizer: Tokenizer;
  /** The files of a model folder for its tokenizer. */
  readonly files: Files;
  /** The token that texts begin with. */
  readonly start: number;
  readonly text: Splits<LanguageText>;
  /** What was skipped in the files, one line each. */
  readonly readingNotes: readonly string[];
}

/**
 * Reads a recipe's text, trains the tokenizer on the training part and encodes everything.
 *
 * @param kept the checkpoint of a resumed run, or the folder that a run starts from: its tokenizer is kept.
 * @throws {InputError} when a file cannot be read, or is too short to train and to validate.
 */
export async function readTextGenerationData(recipe: TextGenerationRecipe, kept?: Folder): Promise<TextGenerationData> {
  const { documents } = recipe.data;
  const { texts, notes: readingNotes } = await readRunningText(recipe.data);
  const trained = () =>
    trainTokenizer(documentsOf(texts.train, documents), { ...recipe.tokenizer, ...encodingOf(documents) });
  const { source: tokenizer, files: tokenizerFiles } = kept ? await keptTokenizers(kept) : newTokenizer(trained());
  const start = startToken(tokenizer, documents);
  const encoded = (text: string) => encodeLanguageText(text, documents, tokenizer, start);
  return {
    tokenizer,
    files: tokenizerFiles,
    start,
    text: mapSplits(texts, encoded),
    readingNotes,
  };
}

/** Information about the data for the user, one line each. */
export function textGenerationNotes({ text, tokenizer, readingNotes }: TextGenerationData): string[] {
  const { train, validation, test } = text;
  const sets = { training: train, validation, test };
  return [
    `data: ${train.ids.length} tokens to train on, ${train.characters} characters, vocabulary of ${tokenizer.vocabSize} tokens`,
    ...readingNotes,
    ...Object.entries(sets).flatMap(([name, set]) =>
      set && set.unknown > 0 ? [`data: ${set.unknown} of the ${name} text's tokens are <unk>`] : [],
    ),
  ];
}
