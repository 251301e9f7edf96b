import * as z from 'zod';
import type { Folder } from '../../../io/folder.ts';
import { placedCharacters } from '../../../text/placed-character.ts';
import { type PlacedWord, type WordSplitterName, wordSplitters } from '../../../text/word-splitter.ts';
import { recordedRecipe } from '../../folder/recorded-recipe.ts';
import type { WordReader } from './word-reader.ts';

/** What of a text are its words, in their order; of a blank text none. */
export type WordSplitter = (text: string) => PlacedWord[];

/** How raw text is split where a recipe does not say it. */
export const usualSplitter: WordSplitterName = 'unicode';

/** The names of the ways to split raw text. */
export const splitterNames = Object.keys(wordSplitters) as WordSplitterName[];

const splitting = z.looseObject({
  tokenizer: z.looseObject({ pre_tokenizer: z.enum(splitterNames).optional() }).optional(),
});

/**
 * How a tagger's folder splits raw text: into characters where its reader has them for words, else as its recipe's
 * `tokenizer.pre_tokenizer` says.
 *
 * @throws {InputError} when the recipe names no known way.
 */
export async function folderSplitter(folder: Folder, { isOfCharacters }: WordReader): Promise<WordSplitter> {
  if (isOfCharacters) return (text) => (text.trim() === '' ? [] : placedCharacters(text));
  const recipe = await recordedRecipe(folder, splitting);
  return wordSplitters[recipe?.tokenizer?.pre_tokenizer ?? usualSplitter];
}
