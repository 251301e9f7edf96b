import type { Folder } from '../../src/io/folder.ts';

/** Files by their names. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A whole input, and which of its files are broken. */
export interface Seed {
  readonly files: Files;
  /** The files that are changed, one of them a run; all when absent. */
  readonly changed?: readonly string[];
}

/** What is read, whole inputs of it, and its reader: it must give something or throw an InputError, within a second. */
export interface Kind {
  readonly name: string;
  seeds(): Promise<readonly Seed[]> | readonly Seed[];
  /** @param path a folder on disk that holds the files, where the kind is read from disk. */
  read(files: Files, path: string): unknown;
  /** Whether the files are written to a folder on disk first. */
  readonly isOnDisk?: boolean;
  /** Trees in other syntax than JSON's. */
  readonly syntax?: 'yaml';
}

const encoder = new TextEncoder();

export const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? encoder.encode(content) : content;

export const filesOf = (contents: Readonly<Record<string, string | Uint8Array>>): Files =>
  new Map(Object.entries(contents).map(([name, content]) => [name, bytesOf(content)]));

/** A folder in memory. */
export const memoryFolder = (files: Files): Folder => ({
  name: 'model',
  async read(file) {
    const bytes = files.get(file);
    if (bytes) return bytes;
    const { InputError } = await import('../../src/io/error.ts');
    throw new InputError(`model/${file}: no such file`);
  },
  has: async (file) => files.has(file),
});
