import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from './error.ts';
import { unreadable } from './file-error.ts';
import { checkFileName, type Folder, type OpenFile } from './folder.ts';

/** A folder on disk (Node). */
export function diskFolder(path: string): Folder {
  return {
    name: path,
    async read(file) {
      checkFileName(file, path);
      try {
        const { buffer, byteOffset, byteLength } = await readFile(join(path, file));
        return new Uint8Array(buffer, byteOffset, byteLength);
      } catch (error) {
        await checkFolder(path);
        throw unreadable(join(path, file), 'a readable file', error);
      }
    },
    async has(file) {
      checkFileName(file, path);
      return (await stat(join(path, file)).catch(() => undefined))?.isFile() ?? false;
    },
    async open(file) {
      checkFileName(file, path);
      return openFile(join(path, file)).catch(async (error: unknown) => {
        await checkFolder(path);
        throw error;
      });
    },
  };
}

/** Says that it is the folder that is missing. @throws {InputError} */
async function checkFolder(path: string): Promise<void> {
  const found = await stat(path).catch(({ code }: NodeJS.ErrnoException) => code);
  if (found === 'ENOENT') throw new InputError(`${path}: no such folder; models are read from folders, not downloaded`);
}

/** The most bytes that one call reads: systems refuse 2 GiB at once. */
const mostRead = 2 ** 28;

async function openFile(path: string): Promise<OpenFile> {
  const failure = (error: unknown) => unreadable(path, 'a readable file', error);
  let handle: FileHandle;
  let size: number;
  try {
    handle = await open(path);
    size = (await handle.stat()).size;
  } catch (error) {
    throw failure(error);
  }
  return {
    size,
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      for (let at = 0; at < bytes.length; ) {
        const length = Math.min(mostRead, bytes.length - at);
        const { bytesRead } = await handle.read(bytes, at, length, begin + at).catch((error: unknown) => {
          throw failure(error);
        });
        if (bytesRead === 0)
          throw new InputError(`${path}: expected ${size} bytes, got ${begin + at}: the file became shorter`);
        at += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
