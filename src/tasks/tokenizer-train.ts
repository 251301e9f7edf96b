import { join } from 'node:path';
import { diskFolder } from '../io/disk-folder.ts';
import { InputError } from '../io/error.ts';
import { readLines } from '../io/text-file.ts';
import { writeWhole } from '../io/whole-file.ts';
import { type BpeOptions, type TrainedTokenizer, trainBpe } from '../text/bpe-train.ts';
import { tokenizerFile, tokenizerFiles } from './tokenizer-file.ts';

/**
 * Trains a tokenizer on the lines of text files and writes it into a folder.
 *
 * @throws {InputError} when a file cannot be read as text, the vocabulary is too small, or the folder has a tokenizer
 * and `overwrite` is not set.
 */
export async function trainTokenizerFiles(
  files: readonly string[],
  out: string,
  { overwrite = false, ...options }: BpeOptions & { readonly overwrite?: boolean },
): Promise<TrainedTokenizer> {
  if (!overwrite && (await diskFolder(out).has(tokenizerFile))) {
    throw new InputError(`${out}: expected a folder without ${tokenizerFile}, got one; --overwrite replaces it`);
  }
  const lines: string[] = [];
  for (const file of files) for (const line of await readLines(file)) lines.push(line);
  const trained = trainBpe(lines, options);
  for (const [name, content] of Object.entries(tokenizerFiles({ source: trained, target: trained }))) {
    await writeWhole(join(out, name), content);
  }
  return trained;
}
