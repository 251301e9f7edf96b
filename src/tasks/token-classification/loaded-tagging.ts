import { InputError } from '../../io/error.ts';
import { inRole } from '../../models/families/check-config.ts';
import { type LoadedModel, loadModel } from '../../models/folder/load.ts';
import { inputSize } from '../../models/inputs/input-spec.ts';
import { checkVocabularySize } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';
import type { WordReader } from './words/word-reader.ts';
import { loadWordReader } from './words/word-reader-folder.ts';
import { charactersFile } from './words/word-reader-word.ts';
import { folderHasCharacterWords, folderSplitter, type WordSplitter } from './words/word-splitter-folder.ts';

/** A finished tagger, with what reads its texts. */
export interface LoadedTagging {
  readonly model: LoadedModel<'token-classification'>;
  readonly reader: WordReader;
  readonly wordsOf: WordSplitter;
}

/** @throws {InputError} when the folder is not a complete tagger, or its reader of words does not fit the model. */
export async function loadTagging({ folder, dtype, ...options }: ModelSource): Promise<LoadedTagging> {
  const model = inRole(await loadModel(folder, { dtype }), 'token-classification', folder.name);
  const reader = await loadWordReader(folder, {
    ...options,
    isOfCharacters: await folderHasCharacterWords(folder),
  });
  checkVocabularySize(folder.name, reader.size, model.tokens.vocabulary);
  const [known, wanted] = [reader.characterSize, inputSize(model.model.inputs, 'character_ids')];
  if ((known === undefined) !== (wanted === undefined) || Number(known ?? 0) > Number(wanted ?? 0)) {
    const expected =
      wanted === undefined ? 'none, because the model reads no characters' : `at most ${wanted} characters`;
    throw new InputError(`${folder.name}/${charactersFile}: expected ${expected}, got ${known ?? 'none'}`);
  }
  return { model, reader, wordsOf: await folderSplitter(folder, reader) };
}
