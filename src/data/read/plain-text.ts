import { InputError } from '../../io/error.ts';
import { type ReadOptions, readWholeText } from '../../io/text-file.ts';
import { within } from './data-file.ts';

/**
 * Reads running text for a language model, every newline kept; a path that is not absolute is relative to `root`, a name in
 * `.gz` is read through gzip. `\r\n` becomes `\n`.
 *
 * @throws {InputError} when the file is missing, torn, not UTF-8, or holds nothing but blanks.
 */
export async function readText(root: string, file: string, options: ReadOptions = {}): Promise<string> {
  const text = await readWholeText(within(root, file), options);
  if (text.trim() === '') throw new InputError(`data ${file}: expected text, got only blanks`);
  return text;
}

/**
 * Cuts running text in two: the first `1 − share` of it to train on, the rest to validate with.
 *
 * The place counts UTF-16 units, rounded down; a code point of two units is not cut.
 *
 * @throws {InputError} when a part would be empty.
 * @example
 * splitText('0123456789'); // { train: '012345678', validation: '9' }
 */
export function splitText(text: string, share = 0.1): { train: string; validation: string } {
  if (!(share > 0 && share < 1))
    throw new InputError(`data: the share to validate with must lie in (0, 1), got ${share}`);
  // Binary fractions: a product may lie a little above the whole number that it is.
  const place = text.length - Math.ceil(text.length * share - 1e-9);
  const isInside = text.codePointAt(place - 1)! > 0xffff;
  const cut = isInside ? place + 1 : place;
  const [train, validation] = [text.slice(0, cut), text.slice(cut)];
  if (train === '' || validation === '') {
    throw new InputError(`data: expected text enough for two parts, got ${text.length} characters`);
  }
  return { train, validation };
}
