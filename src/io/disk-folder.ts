import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from './error.ts';
import { checkFileName, type Folder } from './folder.ts';

const reasons = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EISDIR', 'a folder'],
  ['EACCES', 'no permission to read it'],
]);

/** A folder on disk (Node). */
export function diskFolder(path: string): Folder {
  return {
    name: path,
    async read(file) {
      checkFileName(file, path);
      try {
        return new Uint8Array(await readFile(join(path, file)));
      } catch (error) {
        const reason = reasons.get(error instanceof Error && 'code' in error ? String(error.code) : '');
        if (!reason) throw error;
        throw new InputError(`${join(path, file)}: expected a readable file, got ${reason}`);
      }
    },
    async has(file) {
      checkFileName(file, path);
      return (await stat(join(path, file)).catch(() => undefined))?.isFile() ?? false;
    },
  };
}
