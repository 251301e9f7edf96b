import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from './error.ts';
import { unwritable } from './file-error.ts';
import { removeAtExit } from './leftover.ts';
import { isNear, isRunning, type ProcessMark, thisProcess } from './process-life.ts';

const lockFile = '.heddle.lock';

/** Milliseconds between two signs of life of a lock's holder: its file is written again. */
const refreshEvery = 60_000;
/** Milliseconds without a sign of life after which the lock of a process that cannot be looked for is taken over. */
const staleAfter = 600_000;

/** Whether a name is that of a lock, or of what a process that was taking one over left. */
export const isLock = (name: string): boolean => name === lockFile || name.startsWith(`${lockFile}.`);

const record = z.object({
  pid: z.int(),
  host: z.string(),
  space: z.string().nullable(),
  start: z.string().nullable(),
  since: z.string(),
  id: z.string(),
});

interface Holder {
  /** Names this taking of the lock, and no other. */
  readonly id: string;
  /** Absent where the file says nothing: its writer was killed between making and writing it, or is doing so. */
  readonly process?: ProcessMark & { readonly since: string };
  readonly mtimeMs: number;
}

/** A folder is in use by a process that lives, as far as can be known. */
export class FolderInUseError extends InputError {}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const [{ mtimeMs }, text] = [await stat(path), await readFile(path, 'utf8')];
    const found = parsed(text);
    return { id: found?.id ?? `${Math.round(mtimeMs)}`, process: found, mtimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parsed(text: string) {
  try {
    return record.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether a holder has ended: known of a process of this host, else taken from its silence. */
async function isGone({ process, mtimeMs }: Holder, folder: string): Promise<boolean> {
  if (process && isNear(process)) return !isRunning(process);
  return (await timeIn(folder)) - mtimeMs > staleAfter;
}

/** The time by the clock that dates a folder's files: a server's may differ from ours. */
async function timeIn(folder: string): Promise<number> {
  const path = join(folder, `.heddle.clock.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await (await open(path, 'wx')).close();
    return (await stat(path)).mtimeMs;
  } catch {
    return Date.now();
  } finally {
    await rm(path, { force: true });
  }
}

function inUse(folder: string, { process: found }: Holder): FolderInUseError {
  const path = join(folder, lockFile);
  const remedy = `if it has died, try again in ${staleAfter / 60_000} minutes or remove ${path}`;
  if (!found) return new FolderInUseError(`${folder}: in use by a process that has just begun; ${remedy}`);
  const { pid, since } = found;
  if (!isNear(found)) {
    return new FolderInUseError(`${folder}: in use by process ${pid} on ${found.host} since ${since}; ${remedy}`);
  }
  if (pid === process.pid) return new FolderInUseError(`${folder}: in use by this process since ${since}`);
  const unsure = found.start === null ? `; if that is no process of heddle, remove ${path}` : '';
  return new FolderInUseError(`${folder}: in use by process ${pid} on ${found.host} since ${since}${unsure}`);
}

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
      if (parsed(readFileSync(this.#path, 'utf8'))?.id === id) rmSync(this.#path);
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
      const file = await made(folder, lockFile, text);
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

  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#keepAtExit();
    const holder = await holderOf(this.#path).catch(() => undefined);
    if (holder?.id === this.#id) await rm(this.#path, { force: true });
    await this.#file.close().catch(() => undefined);
  }

  /** The same bytes again, into this lock's own file even when another has taken its name. */
  async #refresh(): Promise<void> {
    await this.#file.write(this.#text, 0);
    await this.#file.sync();
  }
}

/** Makes a file of a folder that says who holds it; who finds another's waits for nothing. @throws {FolderInUseError} */
async function made(folder: string, name: string, text: string): Promise<FileHandle> {
  const path = join(folder, name);
  const own = parsed(text)?.id;
  for (;;) {
    const file = await madeNew(path, text);
    if (file) return file;
    const holder = await holderOf(path);
    if (!holder) continue;
    if (!(await isGone(holder, folder))) throw inUse(folder, holder);
    const claim = `${lockFile}.${holder.id}`;
    const claimed = await made(folder, claim, text);
    if ((await holderOf(path))?.id === holder.id) {
      await rename(join(folder, claim), path);
      return claimed;
    }
    await claimed.close();
    if ((await holderOf(join(folder, claim)))?.id === own) await rm(join(folder, claim), { force: true });
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
