import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError } from './error.ts';

/**
 * Refuses to overwrite what is being read.
 *
 * @throws {InputError} when `path` is one of the files in `read`, or inside one of its folders.
 */
export async function keepApart(what: string, path: string, read: readonly string[]): Promise<void> {
  const place = await placeOf(path);
  for (const each of read) {
    const way = relative(await placeOf(each), place);
    const isInside = way === '' || (way.split(sep)[0] !== '..' && !isAbsolute(way));
    if (isInside) throw new InputError(`${what} ${path}: expected a file other than ${each}, which is read`);
  }
}

/** The real path, whether or not something exists there. */
async function placeOf(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch {
    const above = dirname(whole);
    return above === whole ? whole : join(await placeOf(above), basename(whole));
  }
}
