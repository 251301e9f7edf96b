import { InputError } from '../../io/error.ts';
import { type ReadOptions, readWholeText } from '../../io/text-file.ts';
import { within } from './data-file.ts';

/**
 * Reads running text for a language model and keeps every newline; `\r\n` becomes `\n`. A relative path starts at
 * `root`; a file whose name ends in `.gz` is unpacked.
 *
 * @throws {InputError} when the file is missing, truncated, not UTF-8, or blank.
 */
export async function readText(root: string, file: string, options: ReadOptions = {}): Promise<string> {
  const text = await readWholeText(within(root, file), options);
  if (text.trim() === '') throw new InputError(`data ${file}: expected text, got only blanks`);
  return text;
}

/**
 * Cuts running text in two: the first `1 − share` for training, the rest for validation.
 *
 * The cut counts UTF-16 units, rounded down; it never splits a code point.
 *
 * @param where what errors call the text.
 * @throws {InputError} when either part would be empty.
 * @example
 * splitText('0123456789'); // { train: '012345678', validation: '9' }
 */
export function splitText(text: string, share = 0.1, where = 'data'): { train: string; validation: string } {
  if (!(share > 0 && share < 1))
    throw new InputError(`${where}: the share of validation must be in (0, 1), got ${share}`);
  // In binary, a product can be slightly above the whole number it should be.
  const place = text.length - Math.ceil(text.length * share - 1e-9);
  const isInside = text.codePointAt(place - 1)! > 0xffff;
  const cut = isInside ? place + 1 : place;
  const [train, validation] = [text.slice(0, cut), text.slice(cut)];
  if (train === '' || validation === '') {
    throw new InputError(`${where}: expected enough text for two parts, got ${text.length} characters`);
  }
  return { train, validation };
}
