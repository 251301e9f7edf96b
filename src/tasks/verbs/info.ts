import type { Folder } from '../../io/folder.ts';
import { loadModel } from '../../models/folder/load.ts';
import { hasTokenizer } from '../../text/convert/read-tokenizer.ts';
import { readHeddleFile } from '../folder/heddle-file.ts';
import { loadTokenizers, type TokenizerFolderOptions } from '../folder/tokenizer-folder.ts';
import { hasVocabulary, loadWordReader } from '../token-classification/words/word-reader-folder.ts';

/** A summary of a model folder. */
export interface ModelInfo {
  readonly model_type: string;
  /** The Python class that loads it. */
  readonly architecture: string;
  readonly task: string | null;
  /** Numbers in all parameters and saved buffers; a tied tensor counts once. */
  readonly num_parameters: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly generation_config: Readonly<Record<string, unknown>>;
  /** Tokens of the tokenizers, or of the vocabulary; null if there is none. */
  readonly vocabulary: { readonly source: number; readonly target: number } | null;
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly recipe: Readonly<Record<string, unknown>> | null;
}

/** The tokens of a folder's tokenizers, or of its vocabulary. */
async function vocabularyOf(folder: Folder, options: TokenizerFolderOptions): Promise<ModelInfo['vocabulary']> {
  if (await hasTokenizer(folder)) {
    const { source, target } = await loadTokenizers(folder, options);
    return { source: source.vocabSize, target: target.vocabSize };
  }
  if (!(await hasVocabulary(folder))) return null;
  const { size } = await loadWordReader(folder, options);
  return { source: size, target: size };
}

/**
 * Reads a model folder and summarises it.
 *
 * @throws {InputError} when it is not a complete model.
 */
export async function modelInfo(folder: Folder, options: TokenizerFolderOptions = {}): Promise<ModelInfo> {
  const { config, architecture, parameters, generationConfig } = await loadModel(folder);
  const made = await readHeddleFile(folder);
  return {
    model_type: config.model_type,
    architecture,
    task: made?.task ?? null,
    num_parameters: [...parameters.values()].reduce((sum, { length }) => sum + length, 0),
    config: { ...config },
    generation_config: generationConfig,
    vocabulary: await vocabularyOf(folder, options),
    metrics: made?.metrics ?? {},
    recipe: made?.recipe ?? null,
  };
}
