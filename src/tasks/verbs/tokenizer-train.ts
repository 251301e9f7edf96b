import { join } from 'node:path';
import { diskFolder } from '../../io/disk-folder.ts';
import { InputError } from '../../io/error.ts';
import { FolderLock } from '../../io/folder-lock.ts';
import { makeFolder } from '../../io/make-folder.ts';
import { readLines } from '../../io/text-file.ts';
import { writeWhole } from '../../io/whole-file.ts';
import type { TrainedTokenizer } from '../../text/train/trained-tokenizer.ts';
import { type OneTokenizerOptions, trainTokenizer } from '../../text/train/vocabulary.ts';
import { tokenizerFile, tokenizerFiles } from '../folder/tokenizer-file.ts';

/**
 * Trains a tokenizer on the lines of text files and writes it into a folder.
 *
 * @throws {InputError} when a file cannot be read as text, the vocabulary is too small, an option belongs to another
 *   kind, the folder has a tokenizer and `overwrite` is not set, or another process uses it.
 */
export async function trainTokenizerFiles(
  files: readonly string[],
  out: string,
  { overwrite = false, ...options }: OneTokenizerOptions & { readonly overwrite?: boolean },
): Promise<TrainedTokenizer> {
  checkKind(options);
  await FolderLock.refuse(out);
  if (!overwrite && (await diskFolder(out).has(tokenizerFile))) {
    throw new InputError(`${out}: expected a folder without ${tokenizerFile}, got one; --overwrite replaces it`);
  }
  const lines: string[] = [];
  for (const file of files) for (const line of await readLines(file)) lines.push(line);
  const trained = trainTokenizer(lines, options);
  await makeFolder(out);
  const lock = await FolderLock.take(out);
  try {
    for (const [name, content] of Object.entries(tokenizerFiles({ source: trained, target: trained }))) {
      await writeWhole(join(out, name), content);
    }
  } finally {
    await lock.release();
  }
  return trained;
}

/** Refuses options without effect: bytes are for byte pairs, a minimum frequency for other kinds. */
function checkKind(options: OneTokenizerOptions): void {
  const { kind } = options;
  const idle = kind === 'bpe' ? 'min_frequency' : 'byte_level';
  if (!Reflect.get(options, idle)) return;
  const kinds = kind === 'bpe' ? 'char or word' : 'bpe';
  throw new InputError(`tokenizer train: --${idle} needs --kind ${kinds}, got --kind ${kind}`);
}
