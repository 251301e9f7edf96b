import { InputError } from './error.ts';

/** A folder of files to read, on disk or on the web: a model or a tokenizer. */
export interface Folder {
  /** The folder's path or address, for errors. */
  readonly name: string;
  /** @throws {InputError} when there is no such file. */
  read(file: string): Promise<Uint8Array>;
  has(file: string): Promise<boolean>;
  /**
   * Opens a file to read it in parts; absent where files can only be read whole.
   *
   * @throws {InputError} when there is no such file.
   */
  open?(file: string): Promise<OpenFile>;
}

/** A file that is read in parts. Must be closed after use. */
export interface OpenFile {
  /** Size in bytes. */
  readonly size: number;
  /** The bytes from `begin` up to `end`, in their own memory. @throws {InputError} when they cannot be read. */
  read(begin: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file of a folder, in parts if the folder can, else whole. @throws {InputError} when there is no such file. */
export async function openIn(folder: Folder, file: string): Promise<OpenFile> {
  if (folder.open) return folder.open(file);
  const bytes = await folder.read(file);
  return {
    size: bytes.length,
    read: async (begin, end) => bytes.subarray(begin, end),
    close: async () => undefined,
  };
}

/** `name/file`, for errors. */
export function fileIn(folder: Folder, file: string): string {
  return `${folder.name.replace(/\/+$/, '')}/${file}`;
}

/** @throws {InputError} when the name points outside its folder; names come from files that others wrote. */
export function checkFileName(file: string, where: string): void {
  const parts = file.split('/');
  if (/[\\:?#\0]/.test(file) || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new InputError(`${where}: expected the name of a file inside the folder, got ${JSON.stringify(file)}`);
  }
}

/**
 * The text of a UTF-8 file, without a byte order mark.
 *
 * @throws {InputError} when it is missing, empty or not UTF-8.
 */
export async function readText(folder: Folder, file: string): Promise<string> {
  const bytes = await folder.read(file);
  if (bytes.length === 0) throw new InputError(`${fileIn(folder, file)}: expected text, got an empty file`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${fileIn(folder, file)}: expected UTF-8, got other bytes`);
  }
}
