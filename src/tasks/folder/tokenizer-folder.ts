import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText, readTexts } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import { loadTokenizer, type Tokenizer, type TokenizerLoadOptions } from '../../text/tokenizer.ts';
import type { TrainedTokenizer } from '../../text/train/trained-tokenizer.ts';
import type { TokenizerPair } from '../../text/train/vocabulary.ts';
import { targetTokenizerFile, tokenizerConfigFile, tokenizerFile, tokenizerFiles } from './tokenizer-file.ts';

/** How to read the tokenizers of a folder. */
export type TokenizerFolderOptions = Pick<TokenizerLoadOptions, 'allow_unsafe_patterns'>;

/** The tokenizers of a model folder; the same object twice if the vocabulary is shared. */
export interface Tokenizers {
  readonly source: Tokenizer;
  readonly target: Tokenizer;
}

const mapping = z.record(z.string(), z.unknown());

async function readMapping(folder: Folder, file: string): Promise<Record<string, unknown>> {
  const where = fileIn(folder, file);
  return check(mapping, parseJson(await readText(folder, file), where), where);
}

/** Whether a folder has a tokenizer. */
export const hasTokenizer = (folder: Folder): Promise<boolean> => folder.has(tokenizerFile);

/**
 * Reads `tokenizer.json`, `tokenizer_config.json` and, if the target has its own vocabulary, `target_tokenizer.json`.
 *
 * @throws {InputError} when a file is missing, is not JSON, or is not a tokenizer that can be run.
 */
export async function loadTokenizers(
  folder: Folder,
  { allow_unsafe_patterns }: TokenizerFolderOptions = {},
): Promise<Tokenizers> {
  const config = await readMapping(folder, tokenizerConfigFile);
  const load = async (file: string): Promise<Tokenizer> =>
    loadTokenizer(await readMapping(folder, file), config, { allow_unsafe_patterns, name: fileIn(folder, file) });
  const source = await load(tokenizerFile);
  return { source, target: (await folder.has(targetTokenizerFile)) ? await load(targetTokenizerFile) : source };
}

/** The tokenizers that encode the texts of a training. */
export interface TrainingTokenizers extends Tokenizers {
  /** The files of a model folder for these tokenizers. */
  readonly files: Readonly<Record<string, string>>;
  /** Characters of the training texts that became `<unk>`, reported when the tokenizers were trained. */
  readonly unknownCharacters: readonly string[];
}

/** Newly trained tokenizers. */
export function newTokenizers({ source, target }: TokenizerPair): TrainingTokenizers {
  const loaded = loadTokenizer(source.json, source.config);
  return {
    source: loaded,
    target: target === source ? loaded : loadTokenizer(target.json, target.config),
    files: tokenizerFiles({ source, target }),
    unknownCharacters: [...new Set([...source.unknownCharacters, ...target.unknownCharacters])],
  };
}

/** A newly trained tokenizer, for both sides. */
export const newTokenizer = (trained: TrainedTokenizer): TrainingTokenizers =>
  newTokenizers({ source: trained, target: trained });

/**
 * The tokenizers of a resumed run, from its checkpoint: training them again could give different ones.
 *
 * @throws {InputError} as {@link loadTokenizers}.
 */
export async function keptTokenizers(checkpoint: Folder): Promise<TrainingTokenizers> {
  const tokenizers = await loadTokenizers(checkpoint);
  const files = await readTexts(checkpoint, [tokenizerFile, tokenizerConfigFile, targetTokenizerFile]);
  return { ...tokenizers, files, unknownCharacters: [] };
}

/** @throws {InputError} when a tokenizer has more tokens than the model; `side` says which of two. */
export function checkVocabularySize(name: string, tokens: number, rows: number, side = ''): void {
  if (tokens <= rows) return;
  const which = side ? `${side} tokenizer` : 'tokenizer';
  throw new InputError(
    `${name}: expected a ${which} of at most ${rows} tokens, the size of the model's vocabulary, got ${tokens}`,
  );
}
