import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unwritable } from './file-error.ts';
import { removeAtExit } from './leftover.ts';
import { holderOf, inUse, isGone, lockFile, recordIn } from './lock-holder.ts';
import { thisProcess } from './process-life.ts';

export { FolderInUseError } from './lock-holder.ts';

/** Milliseconds between two signs of life of a lock's holder: its file is written again. */
const refreshEvery = 60_000;

/** Whether a name is that of a lock, or of what a process that was taking one over left. */
export const isLock = (name: string): boolean => name === lockFile || name.startsWith(`${lockFile}.`);

/**
 * A folder that one process works in: `.heddle.lock`, which says who, where and since when.
 *
 * The lock of a process that has ended is taken over: at once where its host is this one, else when it has given no sign of
 * life for ten minutes. Of several that take it over at the same time one wins: who takes over lock X makes the file
 * `.heddle.lock.X`, which only one can, sees that the lock is still X, and renames its file to the lock. Should it be killed
 * in between, its file is taken over in the same way.
 */
export class FolderLock {
  readonly folder: string;
  readonly #id: string;
  readonly #text: string;
  readonly #file: FileHandle;
  readonly #keepAtExit: () => void;
  readonly #timer: NodeJS.Timeout;

  private constructor(folder: string, { id, text, file }: { id: string; text: string; file: FileHandle }) {
    this.folder = folder;
    this.#id = id;
    this.#text = text;
    this.#file = file;
    this.#keepAtExit = removeAtExit(() => {
      if (recordIn(readFileSync(this.#path, 'utf8'))?.id === id) rmSync(this.#path);
    });
    // A refresh that fails is one sign of life less; that the lock is lost is seen by `check`.
    this.#timer = setInterval(() => void this.#refresh().catch(() => undefined), refreshEvery).unref();
  }

  get #path(): string {
    return join(this.folder, lockFile);
  }

  /**
   * Takes the lock of a folder that is there.
   *
   * @throws {FolderInUseError} when another process, or this one, has it.
   * @throws {InputError} when no file can be made there.
   */
  static async take(folder: string): Promise<FolderLock> {
    const id = randomBytes(8).toString('hex');
    const since = new Date().toISOString().replace(/\.\d+/, '');
    const text = `${JSON.stringify({ ...thisProcess(), since, id })}\n`;
    try {
      const file = await made(folder, lockFile, { id, text });
      // Whoever tried to take over an earlier lock is refused by now, or was killed.
      for (const name of await readdir(folder)) {
        if (isLock(name) && name !== lockFile) await rm(join(folder, name), { force: true });
      }
      return new FolderLock(folder, { id, text, file });
    } catch (error) {
      throw unwritable(join(folder, lockFile), 'a file that can be written', error);
    }
  }

  /** @throws {FolderInUseError} when a process has the lock of a folder; nothing is written. */
  static async refuse(folder: string): Promise<void> {
    const holder = await holderOf(join(folder, lockFile)).catch(() => undefined);
    if (holder && !(await isGone(holder, folder))) throw inUse(folder, holder);
  }

  /** @throws {Error} when the lock is no longer this one: another host took it over, or somebody removed it. */
  async check(): Promise<void> {
    const holder = await holderOf(this.#path);
    if (holder?.id === this.#id) return;
    const by = holder?.process ? `process ${holder.process.pid} on ${holder.process.host} has it` : 'it is gone';
    throw new Error(`${this.folder}: this process lost its lock, ${by}; nothing more is written`);
  }

  /** Gives the lock back; does nothing to one that another process has by now. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#file.close().catch(() => undefined);
    const holder = await holderOf(this.#path).catch(() => undefined);
    if (holder?.id === this.#id) await rm(this.#path, { force: true });
    this.#keepAtExit();
  }

  /** The same bytes again, into this lock's own file even when another has taken its name. */
  async #refresh(): Promise<void> {
    await this.#file.write(this.#text, 0);
    await this.#file.sync();
  }
}

/** Makes a file of a folder that says who holds it, or takes it over. @throws {FolderInUseError} when its holder lives. */
async function made(folder: string, name: string, own: { id: string; text: string }): Promise<FileHandle> {
  const path = join(folder, name);
  for (;;) {
    const file = await madeNew(path, own.text);
    if (file) return file;
    const holder = await holderOf(path);
    if (!holder) continue;
    if (!(await isGone(holder, folder))) throw inUse(folder, holder);
    const claim = `${lockFile}.${holder.id}`;
    const claimed = await made(folder, claim, own);
    if ((await holderOf(path))?.id === holder.id) {
      await rename(join(folder, claim), path);
      return claimed;
    }
    await claimed.close();
    if ((await holderOf(join(folder, claim)))?.id === own.id) await rm(join(folder, claim), { force: true });
  }
}

/** A file that was not there; undefined where it was. */
async function madeNew(path: string, text: string): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    throw error;
  }
  try {
    await file.writeFile(text);
    return file;
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}
