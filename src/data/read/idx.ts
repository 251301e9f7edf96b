import { InputError } from '../../io/error.ts';
import { hex, type ReadOptions, readFileBytes } from '../../io/file-bytes.ts';

/** Bytes with a shape, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The code of unsigned bytes, the type that MNIST and sets like it have. */
const unsignedByte = 0x08;

/** An IDX file from its bytes. @throws {InputError} when it is not one, has another type than bytes, or another length. */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const [first, second, type, axes = 0] = bytes;
  if (first !== 0 || second !== 0 || axes === 0 || bytes.length < 4 + 4 * axes) {
    throw new InputError(
      `${file}: expected an IDX file (bytes 00 00 08 …), got ${hex(bytes.subarray(0, 4))}, at byte 0`,
    );
  }
  if (type !== unsignedByte) {
    throw new InputError(
      `${file}: expected unsigned bytes (type 08), got type ${hex(bytes.subarray(2, 3))}, at byte 2`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, size) => product * size, 1);
  const data = bytes.subarray(4 + 4 * axes);
  if (data.length === count && count > 0) return { shape, data };
  throw new InputError(`${file}: expected ${count} bytes for [${shape.join(', ')}], got ${data.length}`);
}

/**
 * Reads an IDX file, plain or gzip (`.gz`), as MNIST and Fashion-MNIST are stored.
 *
 * Source: Y. LeCun, the IDX file format: two zero bytes, the type, the number of axes, their sizes as big-endian 32-bit
 * integers, the numbers.
 * @throws {InputError} when the file cannot be read or is not such a file of bytes.
 */
export const readIdx = async (file: string, options: ReadOptions = {}): Promise<IdxArray> =>
  parseIdx(await readFileBytes(file, options, { kind: 'IDX', content: 'an IDX file' }), file);
