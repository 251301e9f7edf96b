import * as z from 'zod';
import type { Folder } from '../../../io/folder.ts';
import { placedCharacters } from '../../../text/words/placed-character.ts';
import { type PlacedWord, type WordSplitterName, wordSplitters } from '../../../text/words/splitter.ts';
import { recordedRecipe } from '../../folder/recorded-recipe.ts';
import type { WordReader } from './word-reader.ts';

/** Splits a text into words, in order; a blank text has none. */
export type WordSplitter = (text: string) => PlacedWord[];

/** How raw text is split if the recipe does not say. */
const usualSplitter: WordSplitterName = 'unicode';

/** The names of the ways to split raw text. */
export const splitterNames = Object.keys(wordSplitters) as WordSplitterName[];

const splitting = z.looseObject({
  tokenizer: z.looseObject({ pre_tokenizer: z.enum(splitterNames).optional() }).optional(),
});

/**
 * How a tagger's folder splits raw text: into characters if they are its reader's words, else by
 * `tokenizer.pre_tokenizer` of its recipe.
 *
 * @throws {InputError} when the recipe names an unknown way.
 */
export async function folderSplitter(folder: Folder, { isOfCharacters }: WordReader): Promise<WordSplitter> {
  if (isOfCharacters) return (text) => (text.trim() === '' ? [] : placedCharacters(text));
  const recipe = await recordedRecipe(folder, splitting);
  return wordSplitters[recipe?.tokenizer?.pre_tokenizer ?? usualSplitter];
}
