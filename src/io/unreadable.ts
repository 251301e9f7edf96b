import { InputError } from './error.ts';

/** What keeps a file from being read, by the code of Node's error. */
const reasons = new Map([
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

/** The error for a file that cannot be read: of the input when the path or the file is to blame, else as it came. */
export function unreadable(path: string, expected: string, error: unknown): unknown {
  const reason = reasons.get(error instanceof Error && 'code' in error ? String(error.code) : '');
  const shown = path.length > nameShown ? `${path.slice(0, nameShown)}…` : path;
  return reason ? new InputError(`${shown.replaceAll('\0', '\\0')}: expected ${expected}, got ${reason}`) : error;
}
