import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unwritable } from './file-error.ts';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Node's own `recursive` never returns where the system allows no folders, as in /proc. */
async function makeMissing(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return;
    const isParentMissing = codeOf(error) === 'ENOENT' && !(await stat(parent).catch(() => undefined));
    if (!isParentMissing || parent === path) throw error;
    await makeMissing(parent);
    await makeMissing(path);
  }
}

/**
 * Creates a folder and its missing parents.
 *
 * @throws {InputError} when it cannot be created.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeMissing(path);
  } catch (error) {
    throw unwritable(path, 'a folder that can be created', error);
  }
}
