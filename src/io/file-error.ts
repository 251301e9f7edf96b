import { InputError } from './error.ts';

/** A fault that needs no expectation beside it. */
const missing = 'no such file';

/** Why a file cannot be read, by the code of Node's error. */
const readReasons = new Map([
  ['ENOENT', missing],
  ['ENOTDIR', missing],
  ['EISDIR', 'a folder'],
  ['EACCES', 'no permission to read it'],
  ['EPERM', 'no permission to read it'],
  ['ELOOP', 'a link that points to itself'],
  ['ENAMETOOLONG', 'a name that is too long'],
  ['ERR_INVALID_ARG_VALUE', 'a name with a NUL character'],
  ['ERR_FS_FILE_TOO_LARGE', 'a file of more than 2 GiB'],
]);

const nameShown = 200;

/** Why a file cannot be written. */
const writeReasons = new Map([
  ['ENOENT', 'a folder that does not allow new files'],
  ['ENOTDIR', 'a file'],
  ['EEXIST', 'a file'],
  ['EISDIR', 'a folder'],
  ['EACCES', 'no permission to write it'],
  ['EPERM', 'no permission to write it'],
  ['EROFS', 'a read-only file system'],
  ['ELOOP', 'a link that points to itself'],
  ['ENAMETOOLONG', 'a name that is too long'],
  ['ERR_INVALID_ARG_VALUE', 'a name with a NUL character'],
]);

/** Why writing a file fails though its path is valid. */
const stopReasons = new Map([
  ['ENOSPC', 'no space left on the device'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file is too large for the file system or a limit of the process'],
  ['EIO', 'the device reports an error'],
  ['EMFILE', 'the process has too many open files'],
  ['ENFILE', 'the system has too many open files'],
]);

/** A file could not be written although its path is valid: the disk is full, for example. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
}

/** The final name of a file or folder in `path`: while incomplete, they have temporary names. */
const wholePath = (path: string): string => path.replace(/(^|[/\\])\.([^/\\]+)\.[0-9a-f]{12}\.tmp(?=$|[/\\])/g, '$1$2');

/** Names the file if the system's error does not; every other error is returned unchanged. */
export function writingFailed(path: string, error: unknown): unknown {
  const reason = stopReasons.get(error instanceof Error && 'code' in error ? String(error.code) : '');
  return reason ? new WriteError(`${wholePath(path)}: cannot be written, ${reason}`, { cause: error }) : error;
}

function blamed(table: ReadonlyMap<string, string>, path: string, expected: string, error: unknown): unknown {
  const reason = table.get(error instanceof Error && 'code' in error ? String(error.code) : '');
  const shown = path.length > nameShown ? `${path.slice(0, nameShown)}…` : path;
  const fault = reason === missing ? missing : `expected ${expected}, got ${reason}`;
  return reason ? new InputError(`${shown.replaceAll('\0', '\\0')}: ${fault}`) : error;
}

/**
 * The error for a file that cannot be read: an {@link InputError} if the path or the file is to blame, else the
 * system's.
 */
export function unreadable(path: string, expected: string, error: unknown): unknown {
  return blamed(readReasons, path, expected, error);
}

/**
 * The error for a file or folder that cannot be written: an {@link InputError} if the path is to blame, else
 * {@link writingFailed}.
 */
export function unwritable(path: string, expected: string, error: unknown): unknown {
  return writingFailed(path, blamed(writeReasons, path, expected, error));
}
