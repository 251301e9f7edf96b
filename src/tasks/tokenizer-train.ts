import { join } from 'node:path';
import { readLines } from '../io/text-file.ts';
import { writeWhole } from '../io/whole-file.ts';
import { type BpeOptions, type TrainedTokenizer, trainBpe } from '../text/bpe-train.ts';
import { tokenizerFiles } from './tokenizer-file.ts';

/**
 * Trains a tokenizer on the lines of text files and writes it into a folder.
 *
 * @throws {InputError} when a file cannot be read as text, or the vocabulary is too small.
 */
export async function trainTokenizerFiles(
  files: readonly string[],
  out: string,
  options: BpeOptions,
): Promise<TrainedTokenizer> {
  const lines: string[] = [];
  for (const file of files) for (const line of await readLines(file)) lines.push(line);
  const trained = trainBpe(lines, options);
  for (const [name, content] of Object.entries(tokenizerFiles({ source: trained, target: trained }))) {
    await writeWhole(join(out, name), content);
  }
  return trained;
}
