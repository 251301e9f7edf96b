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

/** The way to split raw text for which every character is a word, blanks too. */
const character = 'character' as const;

/** The names of the ways to split raw text. */
export const splitterNames = [...(Object.keys(wordSplitters) as WordSplitterName[]), character];

const splitting = z.looseObject({
  tokenizer: z.looseObject({ pre_tokenizer: z.enum(splitterNames).optional() }).optional(),
});

/** Whether every character is a word by a recipe's `tokenizer`. */
export const hasCharacterWords = (tokenizer: { readonly pre_tokenizer?: string | undefined } = {}): boolean =>
  tokenizer.pre_tokenizer === character;

/** Whether every character is a word by the recipe of a tagger's folder. @throws {InputError} as {@link folderSplitter}. */
export const folderHasCharacterWords = async (folder: Folder): Promise<boolean> =>
  hasCharacterWords((await recordedRecipe(folder, splitting))?.tokenizer);

/**
 * How a tagger's folder splits raw text: into characters if they are its reader's words, else by
 * `tokenizer.pre_tokenizer` of its recipe.
 *
 * @throws {InputError} when the recipe names an unknown way.
 */
export async function folderSplitter(folder: Folder, { isOfCharacters }: WordReader): Promise<WordSplitter> {
  if (isOfCharacters) return (text) => (text.trim() === '' ? [] : placedCharacters(text));
  const name = (await recordedRecipe(folder, splitting))?.tokenizer?.pre_tokenizer;
  return wordSplitters[name === undefined || name === character ? usualSplitter : name];
}
