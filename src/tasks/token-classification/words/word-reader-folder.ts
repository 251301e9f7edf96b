import { InputError } from '../../../io/error.ts';
import { type Folder, fileIn, readText } from '../../../io/folder.ts';
import { parseJson } from '../../../io/json.ts';
import { hasTokenizer, tokenizerFilesIn } from '../../../text/convert/read-tokenizer.ts';
import { Vocabulary } from '../../../text/words/vocabulary.ts';
import { tokenizerFile } from '../../folder/tokenizer-file.ts';
import { loadTokenizers, refuseTokenizerOptions, type TokenizerFolderOptions } from '../../folder/tokenizer-folder.ts';
import type { WordReader } from './word-reader.ts';
import { readerOfPieces } from './word-reader-piece.ts';
import { charactersFile, readerOfCharacters, readerOfWords, wordsFile } from './word-reader-word.ts';

async function readVocabulary(folder: Folder, file: string): Promise<Vocabulary | undefined> {
  if (!(await folder.has(file))) return undefined;
  const where = fileIn(folder, file);
  return Vocabulary.fromJSON(parseJson(await readText(folder, file), where), where);
}

/** Whether a folder has a vocabulary of words or of characters. */
export const hasVocabulary = async (folder: Folder): Promise<boolean> =>
  (await folder.has(wordsFile)) || (await folder.has(charactersFile));

/**
 * The reader of a tagger's folder: for words if there is a vocabulary of words, else for characters if there is one of
 * characters, else for the tokenizer's pieces.
 *
 * @throws {InputError} when there is none, or it cannot be used, or for options about tokenizers with a vocabulary.
 */
export async function loadWordReader(
  folder: Folder,
  { isOfCharacters = false, ...options }: TokenizerFolderOptions & { readonly isOfCharacters?: boolean } = {},
): Promise<WordReader> {
  if (await hasVocabulary(folder)) refuseTokenizerOptions(folder, 'a model with a vocabulary of its own', options);
  const words = await readVocabulary(folder, wordsFile);
  const characters = await readVocabulary(folder, charactersFile);
  if (words) return readerOfWords(words, characters);
  if (characters) return readerOfCharacters(characters);
  if (await hasTokenizer(folder)) {
    return readerOfPieces((await loadTokenizers(folder, options)).source, {}, isOfCharacters);
  }
  const expected = `${wordsFile}, ${charactersFile} or ${tokenizerFile}`;
  throw new InputError(`${folder.name}: a tagger needs ${expected}, got none`);
}

/**
 * The reader of the folder that a run starts from, or of the checkpoint of a resumed run, for which training it again
 * could give another. Its files are kept as they are.
 *
 * @throws {InputError} as {@link loadWordReader}.
 */
export async function keptWordReader(folder: Folder, isOfCharacters: boolean): Promise<WordReader> {
  const reader = await loadWordReader(folder, { isOfCharacters });
  const names = [wordsFile, charactersFile, ...(await tokenizerFilesIn(folder))];
  const files = new Map<string, Uint8Array>();
  for (const name of names) if (await folder.has(name)) files.set(name, await folder.read(name));
  return { ...reader, files: Object.fromEntries(files) };
}
