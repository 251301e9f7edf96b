import { InputError } from '../io/error.ts';
import type { OpenFile } from '../io/folder.ts';
import { headerLength, lengthField, parseHeader, type TensorPlace } from './safetensors-header.ts';
import { type Dtype, elementCount, formatOf, type Tensor, type TensorData } from './tensor.ts';

/** The content of a safetensors file. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** A tensor in the bytes of a file, decoded when first read: a view if type and alignment allow, else a copy. */
class StoredTensor implements Tensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** The bytes, until they are decoded. */
  #bytes: Uint8Array | undefined;
  #data: TensorData | undefined;

  constructor(place: TensorPlace, bytes: Uint8Array) {
    this.dtype = place.dtype;
    this.shape = place.shape;
    this.#bytes = bytes;
  }

  get data(): TensorData {
    if (this.#bytes) {
      const format = formatOf(this.dtype);
      const aligned = this.#bytes.byteOffset % format.bytes === 0 ? this.#bytes : this.#bytes.slice();
      this.#data = format.decode(aligned.buffer, aligned.byteOffset, elementCount(this.shape));
      this.#bytes = undefined;
    }
    return this.#data!;
  }
}

/**
 * Reads a safetensors file. `data` of F32, F64 and the integer types is a view of `bytes` where alignment allows, so
 * `bytes` must not change while the tensors are in use.
 *
 * Source: the format's description in huggingface/safetensors.
 * @param file names the file in errors.
 * @throws {InputError} when the file is truncated, the header is not JSON or longer than the file, a name occurs twice,
 *   a dtype is unknown, a size does not match its shape, or tensors overlap, leave gaps or extend past the end.
 */
export function parseSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const end = lengthField + headerLength(bytes.subarray(0, lengthField), bytes.length, file);
  const { metadata, places, dataStart } = parseHeader(bytes.subarray(lengthField, end), bytes.length, file);
  const tensors = new Map<string, Tensor>();
  for (const [name, place] of places) {
    tensors.set(name, new StoredTensor(place, bytes.subarray(dataStart + place.begin, dataStart + place.end)));
  }
  return { metadata, tensors };
}

/** A safetensors file that is open: its header is checked, its tensors are read one at a time. Must be closed. */
export interface OpenSafetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly places: ReadonlyMap<string, TensorPlace>;
  /** A tensor in its own memory. @throws {InputError} when it cannot be read. */
  read(place: TensorPlace): Promise<Tensor>;
  close(): Promise<void>;
}

/** As {@link parseSafetensors}, for a file that is read in parts; it can be larger than any array. */
export async function openSafetensors(open: OpenFile, file: string): Promise<OpenSafetensors> {
  const { size } = open;
  const end = lengthField + headerLength(await open.read(0, Math.min(size, lengthField)), size, file);
  const { metadata, places, dataStart } = parseHeader(await open.read(lengthField, end), size, file);
  return {
    metadata,
    places,
    read: async (place) => new StoredTensor(place, await open.read(dataStart + place.begin, dataStart + place.end)),
    close: () => open.close(),
  };
}

function bytesOf(name: string, { dtype, shape, data }: Tensor): Uint8Array {
  const { array, encode } = formatOf(dtype);
  if (!(data instanceof array) || data.length !== elementCount(shape)) {
    throw new InputError(
      `tensor ${name}: expected ${array.name} of ${elementCount(shape)} numbers for ${dtype} [${shape.join(', ')}], ` +
        `got ${data.constructor.name} of ${data.length}`,
    );
  }
  const stored = encode && data instanceof Float32Array ? encode(data) : data;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

const pytorch = { format: 'pt' };

/**
 * A safetensors file in pieces, to be written in order: the header, then each tensor's bytes without a copy.
 *
 * Tensors are sorted by width of type, widest first, then by name, so every tensor is aligned and the same tensors give
 * the same bytes.
 * @param metadata default `format: pt`; Python's Transformers refuses files without it.
 * @throws {InputError} when a tensor's data do not match its dtype and shape.
 */
export function safetensorsPieces(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = pytorch,
): Uint8Array[] {
  const inOrder = [...tensors].sort(
    ([a, x], [b, y]) => formatOf(y.dtype).bytes - formatOf(x.dtype).bytes || (a < b ? -1 : 1),
  );
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [['__metadata__', metadata]] : [];
  const pieces: Uint8Array[] = [];
  let begin = 0;
  for (const [name, tensor] of inOrder) {
    if (name === '__metadata__') throw new InputError('tensor __metadata__: the format reserves this name');
    const piece = bytesOf(name, tensor);
    const end = begin + piece.length;
    header.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, end] }]);
    pieces.push(piece);
    begin = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(json, 8);
  return [head, ...pieces];
}

/** The bytes of a safetensors file: {@link safetensorsPieces} as one array. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = pytorch,
): Uint8Array {
  const pieces = safetensorsPieces(tensors, metadata);
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
