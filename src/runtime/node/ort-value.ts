/** Tensors in JavaScript and in ONNX Runtime's `OrtValue`. */

import { hostTypes } from '../../graph/ir/dtype.ts';
import { elementCount } from '../../graph/ir/value.ts';
import { InputError } from '../../io/error.ts';
import type { EngineTensor, HostTensor, HostType } from '../backend.ts';
import { hostArray } from '../signature.ts';
import type { Address, OrtLibrary } from './ort-library.ts';

/** Releases the values of kept tensors that were dropped without `dispose()`. */
const dropped = new FinalizationRegistry<{ library: OrtLibrary; value: Address }>(({ library, value }) =>
  library.call('ReleaseValue', value),
);

/** A result that stays in the engine's memory. It outlives its program. */
export class OrtTensor implements EngineTensor {
  readonly kind = 'engine';
  readonly #library: OrtLibrary;
  readonly #value: Address;
  #runs = 0;
  #disposed = false;

  constructor(
    library: OrtLibrary,
    value: Address,
    readonly type: HostType,
    readonly shape: readonly number[],
  ) {
    this.#library = library;
    this.#value = value;
    dropped.register(this, { library, value }, this);
  }

  /** The value, for a run that calls `release` when it ends. */
  acquire(): Address {
    if (this.#disposed) throw new InputError('a kept tensor was used after it was disposed of');
    this.#runs++;
    return this.#value;
  }

  /** The value, which now belongs to the caller, as if this were disposed of. */
  give(): Address {
    if (this.#runs > 0) throw new InputError('run: a kept tensor cannot be written over while another run reads it');
    const value = this.acquire();
    this.#disposed = true;
    dropped.unregister(this);
    return value;
  }

  /** @throws {InputError} when it was disposed of. */
  async read(): Promise<HostTensor> {
    const value = this.acquire();
    try {
      return hostTensor(this.#library, value, this.type);
    } finally {
      this.release();
    }
  }

  release(): void {
    this.#runs--;
    this.#freeUnused();
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    dropped.unregister(this);
    this.#freeUnused();
  }

  #freeUnused(): void {
    if (this.#disposed && this.#runs === 0) this.#library.call('ReleaseValue', this.#value);
  }
}

let sizes = new BigInt64Array(new ArrayBuffer(8 * 16));
/** Used as the data of a tensor without elements, whose own address may be null. */
const nothing = new Uint8Array(new ArrayBuffer(8));

/** A value over the tensor's own memory, without a copy. The caller keeps the tensor alive and releases the value. */
export function ortValue(library: OrtLibrary, { type, shape, data }: HostTensor): Address {
  if (shape.length > sizes.length) sizes = new BigInt64Array(new ArrayBuffer(8 * shape.length));
  for (const [axis, size] of shape.entries()) sizes[axis] = BigInt(size);
  return library.get(
    'CreateTensorWithDataAsOrtValue',
    library.cpu,
    data.byteLength === 0 ? nothing : data,
    data.byteLength,
    sizes,
    shape.length,
    hostTypes[type].code,
  );
}

/** The shape of a value. */
export function shapeOf(library: OrtLibrary, value: Address): number[] {
  const info = library.get('GetTensorTypeAndShape', value);
  try {
    return dimensions(library, info);
  } finally {
    library.call('ReleaseTensorTypeAndShapeInfo', info);
  }
}

/** The dimensions in an `OrtTensorTypeAndShapeInfo`; −1 is a symbolic one. */
export function dimensions(library: OrtLibrary, info: Address): number[] {
  const found = new BigInt64Array(Number(library.get('GetDimensionsCount', info)));
  if (found.length) library.call('GetDimensions', info, found, found.length);
  return Array.from(found, Number);
}

/** A copy of a value in JavaScript's memory. */
export function hostTensor(library: OrtLibrary, value: Address, type: HostType): HostTensor {
  const shape = shapeOf(library, value);
  const length = elementCount(shape) * hostTypes[type].array.BYTES_PER_ELEMENT;
  const bytes = length ? library.bytes(library.get('GetTensorMutableData', value), length) : new Uint8Array();
  return { type, shape, data: hostArray(type, bytes.slice().buffer) };
}
