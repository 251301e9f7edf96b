import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from './error.ts';

/** What a file shall hold; pieces are written one after the other. */
export type Content = string | Uint8Array | readonly Uint8Array[];

/** A name beside `path` that no reader looks for: `.model.safetensors.3f9c….tmp`. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

async function writeAll(file: FileHandle, content: Content): Promise<void> {
  const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  for (const piece of pieces) await file.writeFile(piece);
  await file.sync();
}

/** Makes the names in a folder survive a power cut. Windows has no such call and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Writes a file whole or not at all: under a temporary name in the same folder, synced to disk, then renamed.
 *
 * A reader sees the old content or the new, also after `kill -9` or a power cut. Missing parent folders are made.
 */
export async function writeWhole(path: string, content: Content): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      await writeAll(file, content);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * Makes a folder whole or not at all: `fill` writes into a temporary folder beside it, which is then renamed.
 *
 * @throws {InputError} when `path` exists already: a folder cannot be replaced in one step.
 */
export async function writeFolderWhole(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  if (await stat(path).catch(() => undefined)) throw new InputError(`${path}: expected no such folder yet, got one`);
  const temporary = temporaryName(path);
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
    await syncFolder(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Removes a file or folder whole or not at all: it is renamed first, so that no half of it is ever seen. */
export async function removeWhole(path: string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await rename(path, temporary);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  await rm(temporary, { recursive: true, force: true });
}

/** Whether a name is that of something half-written, or half-removed. */
export const isUnfinished = (name: string): boolean => /^\..+\.[0-9a-f]{12}\.tmp$/.test(name);

/** Removes what a killed process left half-written in a folder. No other process may be writing there. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (isUnfinished(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
