/** Model folders in memory. */
import { InputError } from '../../src/io/error.ts';
import type { Folder } from '../../src/io/folder.ts';
import type { Content } from '../../src/io/whole-file.ts';

const bytesOf = (content: Content): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(Buffer.concat([content].flat()));

export function memoryFolder(files: ReadonlyMap<string, Content>): Folder {
  return {
    name: 'm',
    async read(file) {
      const content = files.get(file);
      if (content === undefined) throw new InputError(`m/${file}: no such file`);
      return bytesOf(content);
    },
    has: async (file) => files.has(file),
  };
}
