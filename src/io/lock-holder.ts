import { randomBytes } from 'node:crypto';
import { lstat, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { InputError } from './error.ts';
import { isNear, isRunning, type ProcessMark } from './process-life.ts';

/** The lock of a folder, inside it. */
export const lockFile = '.heddle.lock';

/** Milliseconds without a sign of life after which the lock of a process that cannot be looked for is taken over. */
const staleAfter = 600_000;

const record = z.object({
  pid: z.int(),
  host: z.string(),
  space: z.string().nullable(),
  start: z.string().nullable(),
  since: z.string(),
  // It becomes a part of a file's name.
  id: z.string().regex(/^\w+$/),
});

/** What a lock says of who has it. */
export interface Holder {
  /** Names this taking of the lock, and no other. */
  readonly id: string;
  /** Absent where the file says nothing: its writer was killed between making and writing it, or is doing so. */
  readonly process?: ProcessMark & { readonly since: string };
  readonly mtimeMs: number;
}

/** A folder is in use by a process that lives, as far as can be known. */
export class FolderInUseError extends InputError {}

/**
 * Who has a lock, or had it when that was last seen; undefined where there is none.
 *
 * @throws {InputError} when a link has its name: one that leads nowhere can neither be read nor made anew.
 */
export async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const file = await lstat(path);
    if (file.isSymbolicLink()) throw new InputError(`${path}: expected the lock of a folder, a file, got a link`);
    const found = recordIn(await readFile(path, 'utf8'));
    return { id: found?.id ?? `${Math.round(file.mtimeMs)}`, process: found, mtimeMs: file.mtimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What the text of a lock says; undefined when it is not one. */
export function recordIn(text: string): z.output<typeof record> | undefined {
  try {
    return record.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether a holder has ended: known of a process of this host, else taken from its silence. */
export async function isGone({ process, mtimeMs }: Holder, folder: string): Promise<boolean> {
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

/** The error for a folder whose holder lives. */
export function inUse(folder: string, { process: found }: Holder): FolderInUseError {
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
