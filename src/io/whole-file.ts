import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from './error.ts';
import { unwritable, writingFailed } from './file-error.ts';
import { removeAtExit } from './leftover.ts';
import { makeFolder } from './make-folder.ts';

/** The content of a file; pieces are written in order. */
export type Content = string | Uint8Array | readonly Uint8Array[];

/** A name next to `path` that no reader looks for: `.model.safetensors.3f9c….tmp`. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Makes the names in a folder survive a power failure. Windows has no such call and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A file that appears whole or not at all: until `commit` it has a temporary name in the same folder. */
export class WholeFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #keepAtExit: () => void;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
    this.#keepAtExit = removeAtExit(() => rmSync(temporary, { force: true }));
  }

  /**
   * Creates missing parent folders. Open a file before the work to find out early whether its result can be saved.
   *
   * @throws {InputError} when `path` is a folder or not the name of a file, or no file can be created there.
   */
  static async open(path: string): Promise<WholeFile> {
    if (path === '' || /[/\\]$/u.test(path)) throw new InputError(`${path || '""'}: expected the name of a file`);
    const temporary = temporaryName(path);
    try {
      const found = await stat(path).catch(() => undefined);
      if (found?.isDirectory()) throw new InputError(`${path}: expected a file, got a folder`);
      await makeFolder(dirname(path));
      return new WholeFile(path, temporary, await open(temporary, 'wx'));
    } catch (error) {
      throw unwritable(path, 'a file that can be written', error);
    }
  }

  /** @throws {WriteError} when the disk is full or another problem, unrelated to the path, prevents writing. */
  async write(content: Content): Promise<void> {
    const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
    try {
      for (const piece of pieces) await this.#file.writeFile(piece);
    } catch (error) {
      throw writingFailed(this.#path, error);
    }
  }

  /**
   * Syncs to disk and renames to the final name: a reader sees the old content or the new, even after a power failure.
   */
  async commit(): Promise<void> {
    try {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#temporary, this.#path);
      this.#keepAtExit();
      await syncFolder(dirname(this.#path));
    } catch (error) {
      throw writingFailed(this.#path, error);
    }
  }

  /** Discards the file; what was there before stays. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true });
    this.#keepAtExit();
  }
}

/**
 * Writes a file whole or not at all; see {@link WholeFile}.
 *
 * @throws {InputError} when `path` is a folder, or no file can be created there.
 */
export async function writeWhole(path: string, content: Content): Promise<void> {
  const file = await WholeFile.open(path);
  try {
    await file.write(content);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/**
 * Creates a folder whole or not at all: `fill` writes into a temporary folder next to it, which is then renamed.
 *
 * @throws {InputError} when `path` exists: a folder cannot be replaced in one step.
 */
export async function writeFolderWhole(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  if (await stat(path).catch(() => undefined))
    throw new InputError(`${path}: expected a folder that does not exist yet, got an existing one`);
  const temporary = temporaryName(path);
  const keepAtExit = removeAtExit(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    await makeFolder(temporary);
    await fill(temporary);
    await syncFolder(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  } finally {
    keepAtExit();
  }
  await syncFolder(dirname(path));
}

/** Removes a file or folder whole or not at all: it is renamed first, so nobody sees it half-removed. */
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

/** Whether this is the name of something half-written or half-removed. */
export const isUnfinished = (name: string): boolean => /^\..+\.[0-9a-f]{12}\.tmp$/.test(name);

/** Removes what a killed process left half-written in a folder. No other process may be writing there. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (isUnfinished(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
