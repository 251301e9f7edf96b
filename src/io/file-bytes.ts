import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { InputError } from './error.ts';
import { unreadable } from './file-error.ts';

const inflate = promisify(gunzip);

/** How to read a file that may be packed. */
export interface ReadOptions {
  /**
   * The most bytes that a gzip file may unpack to. Default: a hundred times the file's size, which no text exceeds, but
   * at least 256 MiB.
   */
  readonly max_unpacked_bytes?: number | undefined;
}

/** What a file holds, for errors. */
export interface FileForm {
  /** `text`: a readable text file. */
  readonly kind: string;
  /** `lines of text`. */
  readonly content: string;
}

const usualLimit = (packedBytes: number): number => Math.max(2 ** 28, 100 * packedBytes);

/** Bytes in hexadecimal: `1f 8b`. */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/**
 * The bytes of a file, plain or gzip (`.gz`).
 *
 * @throws {InputError} when the file is missing, not a file, empty, gzip without that ending, a truncated gzip or one that
 *   unpacks to more than is allowed.
 */
export async function readFileBytes(
  path: string,
  { max_unpacked_bytes }: ReadOptions,
  { kind, content }: FileForm,
): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, `a readable ${kind} file`, error);
  }
  if (bytes.length === 0) throw new InputError(`${path}: expected ${content}, got an empty file`);
  if (!path.endsWith('.gz')) {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
      throw new InputError(`${path}: expected ${kind}, got gzip; name it ${path}.gz`);
    return bytes;
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    throw new InputError(`${path}: expected gzip (bytes 1f 8b), got ${hex(bytes.subarray(0, 2))}, at byte 0`);
  }
  const maxOutputLength = max_unpacked_bytes ?? usualLimit(bytes.length);
  try {
    return await inflate(bytes, { maxOutputLength });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new InputError(
        `${path}: expected at most ${maxOutputLength} bytes of ${kind} when unpacked, got more; unpack it, or set data.max_unpacked_bytes`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${path}: expected a complete gzip file, got a truncated or damaged one (${reason})`);
  }
}
