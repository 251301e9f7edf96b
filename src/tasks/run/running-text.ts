import { documentNotes, withheld } from '../../data/read/document.ts';
import { readText } from '../../data/read/plain-text.ts';
import type { RunningText } from '../recipe/running-text.ts';
import type { Splits } from './split.ts';

/** A recipe's running text. */
export interface RunningTexts {
  readonly texts: Splits<string>;
  /** What was skipped in the files, one line each. */
  readonly notes: readonly string[];
}

/**
 * Reads the files of a recipe's running text, and splits off the validation text if it has no file.
 *
 * @throws {InputError} when a file cannot be read, or is too short to train and to validate.
 */
export async function readRunningText(data: RunningText): Promise<RunningTexts> {
  const { root, documents, validation_share, max_unpacked_bytes, ...files } = data;
  const notes: string[] = [];
  const readFile = async (file: string) => {
    const text = await readText(root, file, { max_unpacked_bytes });
    notes.push(...documentNotes(text, documents, file));
    return text;
  };
  const read = (file: string | undefined) => (file === undefined ? undefined : readFile(file));
  const whole = await readFile(files.train);
  const parts =
    validation_share > 0 ? withheld(whole, documents, validation_share, `data ${files.train}`) : { train: whole };
  const validation = 'validation' in parts ? parts.validation : await read(files.validation);
  return { texts: { train: parts.train, validation, test: await read(files.test) }, notes };
}
