import { InputError } from '../../io/error.ts';
import { inRole } from '../../models/families/check-config.ts';
import { type LoadedModel, loadModel } from '../../models/folder/load.ts';
import { inputSize } from '../../models/inputs/input-spec.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import { checkVocabularySize } from '../folder/tokenizer-folder.ts';
import type { ModelSource } from '../platform/platform.ts';
import { Tagger } from './tagger.ts';
import type { WordReader } from './words/word-reader.ts';
import { loadWordReader } from './words/word-reader-folder.ts';
import { charactersFile } from './words/word-reader-word.ts';
import { folderSplitter, type WordSplitter } from './words/word-splitter-folder.ts';

/** Tokens in a batch, padding included. */
const tokensInBatch = 4096;

/** A finished tagger. Must be disposed of. */
export interface LoadedTagging extends LoadedModel<'token-classification'> {
  readonly reader: WordReader;
  readonly wordsOf: WordSplitter;
  readonly tagger: Tagger;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

/** @throws {InputError} when the folder is not a complete tagger, or its reader of words does not fit the model. */
export async function loadTagging({ folder, backend, ...options }: ModelSource): Promise<LoadedTagging> {
  const loaded = inRole(await loadModel(folder), 'token-classification', folder.name);
  const reader = await loadWordReader(folder, options);
  const { model, tokens } = loaded;
  checkVocabularySize(folder.name, reader.size, tokens.vocabulary);
  const [known, wanted] = [reader.characterSize, inputSize(model.inputs, 'character_ids')];
  if ((known === undefined) !== (wanted === undefined) || Number(known ?? 0) > Number(wanted ?? 0)) {
    const expected =
      wanted === undefined ? 'none, because the model reads no characters' : `at most ${wanted} characters`;
    throw new InputError(`${folder.name}/${charactersFile}: expected ${expected}, got ${known ?? 'none'}`);
  }
  const wordsOf = await folderSplitter(folder, reader);
  const weights = new SharedWeights(backend, loaded.parameters);
  const tagger = await Tagger.make(model, weights, { padTokenId: tokens.padTokenId, maxTokens: tokensInBatch });
  const dispose = async (): Promise<void> => {
    await tagger.dispose();
    await weights.dispose();
  };
  return { ...loaded, reader, wordsOf, tagger, dispose };
}
