import { InputError } from './error.ts';

/** What keeps a file from being read, by the code of Node's error. */
const readReasons = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EISDIR', 'a folder'],
  ['EACCES', 'no permission to read it'],
  ['EPERM', 'no permission to read it'],
  ['ELOOP', 'a link that leads back to itself'],
  ['ENAMETOOLONG', 'a name that is too long'],
  ['ERR_INVALID_ARG_VALUE', 'a name with a NUL character'],
  ['ERR_FS_FILE_TOO_LARGE', 'one of more than 2 GiB'],
]);

const nameShown = 200;

/** What keeps a file from being written. */
const writeReasons = new Map([
  ['ENOENT', 'a folder that takes no files'],
  ['ENOTDIR', 'a file where a folder of the path should be'],
  ['EEXIST', 'a file where a folder of the path should be'],
  ['EISDIR', 'a folder'],
  ['EACCES', 'no permission to write it'],
  ['EPERM', 'no permission to write it'],
  ['EROFS', 'a file system that is only for reading'],
  ['ELOOP', 'a link that leads back to itself'],
  ['ENAMETOOLONG', 'a name that is too long'],
  ['ERR_INVALID_ARG_VALUE', 'a name with a NUL character'],
]);

/** What stops the writing of a file that was begun, or could have been. */
const stopReasons = new Map([
  ['ENOSPC', 'no space is left on the device'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file system or a limit of the process allows no file so large'],
  ['EIO', 'the device reports an error'],
  ['EMFILE', 'the process has too many open files'],
  ['ENFILE', 'the system has too many open files'],
]);

/** A file could not be written though nothing is wrong with its path: the disk is full, say. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
}

/** The name that a file or folder in `path` gets when it is whole: those half-written bear a temporary one. */
const wholePath = (path: string): string => path.replace(/(^|[/\\])\.([^/\\]+)\.[0-9a-f]{12}\.tmp(?=$|[/\\])/g, '$1$2');

/** Says which file it was, where the system's error does not; every other error stays as it came. */
export function writingFailed(path: string, error: unknown): unknown {
  const reason = stopReasons.get(error instanceof Error && 'code' in error ? String(error.code) : '');
  return reason ? new WriteError(`${wholePath(path)}: cannot be written, ${reason}`, { cause: error }) : error;
}

function blamed(table: ReadonlyMap<string, string>, path: string, expected: string, error: unknown): unknown {
  const reason = table.get(error instanceof Error && 'code' in error ? String(error.code) : '');
  const shown = path.length > nameShown ? `${path.slice(0, nameShown)}…` : path;
  return reason ? new InputError(`${shown.replaceAll('\0', '\\0')}: expected ${expected}, got ${reason}`) : error;
}

/** The error for a file that cannot be read: of the input when the path or the file is to blame, else as it came. */
export function unreadable(path: string, expected: string, error: unknown): unknown {
  return blamed(readReasons, path, expected, error);
}

/** The error for a file or folder that cannot be written: of the input when the path is to blame, else {@link writingFailed}. */
export function unwritable(path: string, expected: string, error: unknown): unknown {
  return writingFailed(path, blamed(writeReasons, path, expected, error));
}
