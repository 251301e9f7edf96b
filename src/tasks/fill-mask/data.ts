import { documentsOf } from '../../data/read/document.ts';
import type { Folder } from '../../io/folder.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { trainTokenizer } from '../../text/train/vocabulary.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { keptTokenizers, newTokenizer } from '../folder/tokenizer-folder.ts';
import { readRunningText } from '../run/running-text.ts';
import type { Splits } from '../run/split.ts';
import { maskIdOf } from './mask-token.ts';
import type { FillMaskRecipe } from './recipe.ts';
import { type WindowedText, windowedText } from './text-window.ts';

/** The data of a recipe for a masked language model, ready for a model. */
export interface FillMaskData {
  readonly tokenizer: Tokenizer;
  readonly maskId: number;
  /** The files of a model folder for its tokenizer. */
  readonly files: Files;
  readonly sets: Splits<WindowedText>;
  /** What was skipped in the files, one line each. */
  readonly readingNotes: readonly string[];
}

/** Texts are pieces of running text: no blank is added, and every window begins and ends with the same token. */
const encoding = { add_bos_token: true, add_eos_token: true, add_mask_token: true, add_prefix_space: false };

/**
 * Reads a recipe's text, trains the tokenizer on the training part and cuts everything into windows.
 *
 * @param kept the checkpoint of a resumed run, or the folder that a run starts from: its tokenizer is kept.
 * @throws {InputError} when a file cannot be read, or is too short to train and to validate, or when the tokenizer has no
 *   mask token.
 */
export async function readFillMaskData(recipe: FillMaskRecipe, kept?: Folder): Promise<FillMaskData> {
  const { data, train } = recipe;
  const { documents } = data;
  const { texts, notes: readingNotes } = await readRunningText(data);
  const trained = () => trainTokenizer(documentsOf(texts.train, documents), { ...recipe.tokenizer, ...encoding });
  const { source: tokenizer, files } = kept ? await keptTokenizers(kept) : newTokenizer(trained());
  const maskId = maskIdOf(tokenizer, kept?.name ?? 'recipe: tokenizer');
  const cut = (text: string, file: string) =>
    windowedText(text, { documents, max_length: train.max_length, file }, tokenizer);
  const { validation, test } = texts;
  return {
    tokenizer,
    maskId,
    files,
    sets: {
      train: cut(texts.train, data.train),
      validation: validation === undefined ? undefined : cut(validation, data.validation ?? data.train),
      test: test === undefined ? undefined : cut(test, String(data.test)),
    },
    readingNotes,
  };
}

/** Information about the data for the user, one line each. */
export function fillMaskNotes({ sets, tokenizer, readingNotes }: FillMaskData, maxLength: number): string[] {
  const { train, validation, test } = sets;
  const each = (noteOf: (set: WindowedText, name: string) => string | false) =>
    Object.entries({ training: train, validation, test }).flatMap(([name, set]) => (set && noteOf(set, name)) || []);
  return [
    `data: ${train.tokens} tokens to train on in ${train.samples} windows of at most ${maxLength}, vocabulary of ${tokenizer.vocabSize} tokens`,
    ...readingNotes,
    ...each(({ divided }, name) => divided > 0 && `data: ${divided} ${name} texts divided into windows`),
    ...each(({ empty }, name) => empty > 0 && `data: ${empty} ${name} texts left out, which have no known token`),
    ...each(({ unknown }, name) => unknown > 0 && `data: ${unknown} of the ${name} text's tokens are unknown`),
  ];
}
