import { randomBytes } from 'node:crypto';
import { lstat, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { InputError } from './error.ts';
import { isNear, isRunning, type ProcessMark } from './process-life.ts';

/** The name of the lock file. */
export const lockFile = '.heddle.lock';

/** Milliseconds without a heartbeat after which a lock is taken over, if its process cannot be checked from here. */
const staleAfter = 600_000;

const record = z.object({
  pid: z.int(),
  host: z.string(),
  space: z.string().nullable(),
  start: z.string().nullable(),
  since: z.string(),
  // It becomes part of a file name.
  id: z.string().regex(/^\w+$/),
});

/** What a lock file says about its holder. */
export interface Holder {
  /** Unique to this holding of the lock. */
  readonly id: string;
  /** Absent while the file is empty: its writer is about to write it, or was killed before. */
  readonly process?: ProcessMark & { readonly since: string };
  readonly mtimeMs: number;
}

/** A folder is in use by a process that is alive, as far as can be known. */
export class FolderInUseError extends InputError {}

/**
 * The holder of a lock, as last seen; undefined if there is no lock.
 *
 * @throws {InputError} when the lock is a link: a dangling one can neither be read nor created again.
 */
export async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const file = await lstat(path);
    if (file.isSymbolicLink()) throw new InputError(`${path}: expected a file, the lock of the folder, got a link`);
    const found = recordIn(await readFile(path, 'utf8'));
    return { id: found?.id ?? `${Math.round(file.mtimeMs)}`, process: found, mtimeMs: file.mtimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Parses the text of a lock; undefined if it is not one. */
export function recordIn(text: string): z.output<typeof record> | undefined {
  try {
    return record.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether a holder has ended: checked directly on this host, else judged by its silence. */
export async function isGone({ process, mtimeMs }: Holder, folder: string): Promise<boolean> {
  if (process && isNear(process)) return !isRunning(process);
  return (await timeIn(folder)) - mtimeMs > staleAfter;
}

/** The current time by the clock that dates the folder's files: a file server's clock may differ from ours. */
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

/** The error for a folder whose holder is alive. */
export function inUse(folder: string, { process: found }: Holder): FolderInUseError {
  const path = join(folder, lockFile);
  const remedy = `if that process has died, try again in ${staleAfter / 60_000} minutes or remove ${path}`;
  if (!found) return new FolderInUseError(`${folder}: in use by a process that has just begun; ${remedy}`);
  const { pid, since } = found;
  if (!isNear(found)) {
    return new FolderInUseError(`${folder}: in use by process ${pid} on ${found.host} since ${since}; ${remedy}`);
  }
  if (pid === process.pid) return new FolderInUseError(`${folder}: in use by this process since ${since}`);
  const unsure = found.start === null ? `; if that is not a process of heddle, remove ${path}` : '';
  return new FolderInUseError(`${folder}: in use by process ${pid} on ${found.host} since ${since}${unsure}`);
}
