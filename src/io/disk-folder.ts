import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from './file-error.ts';
import { checkFileName, type Folder } from './folder.ts';

/** A folder on disk (Node). */
export function diskFolder(path: string): Folder {
  return {
    name: path,
    async read(file) {
      checkFileName(file, path);
      try {
        return new Uint8Array(await readFile(join(path, file)));
      } catch (error) {
        throw unreadable(join(path, file), 'a readable file', error);
      }
    },
    async has(file) {
      checkFileName(file, path);
      return (await stat(join(path, file)).catch(() => undefined))?.isFile() ?? false;
    },
  };
}
