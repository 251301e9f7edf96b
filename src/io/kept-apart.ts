import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError } from './error.ts';

/**
 * Refuses to overwrite what is being read.
 *
 * @throws {InputError} when `path` is one of the files in `read`, or inside one of its folders.
 */
export async function keepApart(what: string, path: string, read: readonly string[]): Promise<void> {
  for (const each of read) {
    if (await isWithin(path, each))
      throw new InputError(`${what} ${path}: expected a file other than ${each}, which is read`);
  }
}

/** Whether a path is that of a file or folder, or of something inside it, links followed. */
export async function isWithin(path: string, folder: string): Promise<boolean> {
  const way = relative(await placeOf(folder), await placeOf(path));
  return way === '' || (way.split(sep)[0] !== '..' && !isAbsolute(way));
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
