import { z } from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { type Folder, fileIn, readText } from '../../io/folder.ts';
import { parseJson } from '../../io/json.ts';
import { loadTokenizer, type Tokenizer } from '../../text/tokenizer.ts';
import { targetTokenizerFile, tokenizerConfigFile, tokenizerFile } from './tokenizer-file.ts';

/** The tokenizers of a model folder; the same object twice when the vocabulary is shared. */
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
 * Reads `tokenizer.json`, `tokenizer_config.json` and, where the target has its own vocabulary, `target_tokenizer.json`.
 *
 * @throws {InputError} when a file is missing, no JSON, or no tokenizer that can be run.
 */
export async function loadTokenizers(folder: Folder): Promise<Tokenizers> {
  const json = await readMapping(folder, tokenizerFile);
  const config = await readMapping(folder, tokenizerConfigFile);
  const source = loadTokenizer(json, config);
  if (!(await folder.has(targetTokenizerFile))) return { source, target: source };
  return { source, target: loadTokenizer(await readMapping(folder, targetTokenizerFile), config) };
}

/** @throws {InputError} when a tokenizer has more tokens than the model knows; `side` tells which of two. */
export function checkVocabularySize(name: string, tokens: number, rows: number, side = ''): void {
  if (tokens <= rows) return;
  const which = side ? `${side} tokenizer` : 'tokenizer';
  throw new InputError(`${name}: expected a ${which} of at most ${rows} tokens, the model's vocabulary, got ${tokens}`);
}
