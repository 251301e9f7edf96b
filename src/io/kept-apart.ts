import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError } from './error.ts';

/**
 * What is read must not be written over.
 *
 * @throws {InputError} when the file that `what` names is one of `read`, or lies in one that is a folder.
 */
export async function keepApart(what: string, path: string, read: readonly string[]): Promise<void> {
  const place = await placeOf(path);
  for (const each of read) {
    const way = relative(await placeOf(each), place);
    const isInside = way === '' || (way.split(sep)[0] !== '..' && !isAbsolute(way));
    if (isInside) throw new InputError(`${what} ${path}: expected a file apart from ${each}, which is read`);
  }
}

/** Where a path leads, whether something is there or not yet. */
async function placeOf(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch {
    const above = dirname(whole);
    return above === whole ? whole : join(await placeOf(above), basename(whole));
  }
}
