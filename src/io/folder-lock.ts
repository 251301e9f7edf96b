import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unwritable } from './file-error.ts';
import { removeAtExit } from './leftover.ts';
import { holderOf, inUse, isGone, lockFile, recordIn } from './lock-holder.ts';
import { thisProcess } from './process-life.ts';

export { FolderInUseError } from './lock-holder.ts';

/** Milliseconds between two heartbeats of a lock's holder, which rewrites its file. */
const refreshEvery = 60_000;

/** Whether this is the name of a lock, or of a file left by a process that was taking one over. */
export const isLock = (name: string): boolean => name === lockFile || name.startsWith(`${lockFile}.`);

/** A lock that was taken: who holds it, and what keeps its file when the process exits. */
interface Taken {
  readonly id: string;
  readonly text: string;
  readonly file: FileHandle;
  readonly keepAtExit: () => void;
}

/**
 * Locks a folder for one process: the file `.heddle.lock` says who holds it, on which host and since when.
 *
 * The lock of a process that has ended is taken over: at once if it ran on this host, else after ten minutes without a
 * heartbeat. If several processes try at the same time, one wins. To take over lock X, a process creates the file
 * `.heddle.lock.X`, which only one can do, checks that the lock is still X, and renames its file to the lock. If it is
 * killed in between, its file is taken over in the same way.
 */
export class FolderLock {
  readonly folder: string;
  readonly #id: string;
  readonly #text: string;
  readonly #file: FileHandle;
  readonly #keepAtExit: () => void;
  readonly #timer: NodeJS.Timeout;

  private constructor(folder: string, { id, text, file, keepAtExit }: Taken) {
    this.folder = folder;
    this.#id = id;
    this.#text = text;
    this.#file = file;
    this.#keepAtExit = keepAtExit;
    // A failed refresh is one missed heartbeat; `check` notices if the lock is lost.
    this.#timer = setInterval(() => void this.#refresh().catch(() => undefined), refreshEvery).unref();
  }

  get #path(): string {
    return join(this.folder, lockFile);
  }

  /**
   * Locks an existing folder.
   *
   * @throws {FolderInUseError} when another process, or this one, holds the lock.
   * @throws {InputError} when no file can be created there.
   */
  static async take(folder: string): Promise<FolderLock> {
    const id = randomBytes(8).toString('hex');
    const since = new Date().toISOString().replace(/\.\d+/, '');
    const text = `${JSON.stringify({ ...thisProcess(), since, id })}\n`;
    const path = join(folder, lockFile);
    // Before the file is there, so that a signal in between leaves none.
    const keepAtExit = removeAtExit(() => {
      if (recordIn(readFileSync(path, 'utf8'))?.id === id) rmSync(path);
    });
    try {
      const file = await made(folder, lockFile, { id, text });
      // Whoever tried to take over an earlier lock has been refused by now, or was killed.
      for (const name of await readdir(folder)) {
        if (isLock(name) && name !== lockFile) await rm(join(folder, name), { force: true });
      }
      return new FolderLock(folder, { id, text, file, keepAtExit });
    } catch (error) {
      keepAtExit();
      throw unwritable(path, 'a file that can be written', error);
    }
  }

  /** @throws {FolderInUseError} when a process holds the lock of a folder. Writes nothing. */
  static async refuse(folder: string): Promise<void> {
    const holder = await holderOf(join(folder, lockFile)).catch(() => undefined);
    if (holder && !(await isGone(holder, folder))) throw inUse(folder, holder);
  }

  /** @throws {Error} when this lock was lost: another host took it over, or somebody removed it. */
  async check(): Promise<void> {
    const holder = await holderOf(this.#path);
    if (holder?.id === this.#id) return;
    const by = holder?.process ? `process ${holder.process.pid} on ${holder.process.host} has it` : 'it is gone';
    throw new Error(`${this.folder}: this process lost its lock, ${by}; nothing more is written`);
  }

  /** Releases the lock; does nothing if another process holds it by now. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#file.close().catch(() => undefined);
    const holder = await holderOf(this.#path).catch(() => undefined);
    if (holder?.id === this.#id) await rm(this.#path, { force: true });
    this.#keepAtExit();
  }

  /** Rewrites the same bytes into this lock's own file, even if another file has taken its name. */
  async #refresh(): Promise<void> {
    await this.#file.write(this.#text, 0);
    await this.#file.sync();
  }
}

/** Creates the lock file of a folder, or takes it over. @throws {FolderInUseError} when its holder is alive. */
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

/** Creates a file; returns undefined if it exists. */
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
