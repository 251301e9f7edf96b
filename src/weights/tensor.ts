import { InputError } from '../io/error.ts';
import { roundToBfloat16, roundToFloat16, widenBfloat16, widenFloat16 } from './half-float.ts';

/** Numbers of a tensor, row-major. F16 and BF16 are widened to float32, BOOL is 0 or 1 in bytes. */
export type TensorData =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

/** A named tensor as files store it. `data` may be decoded when first read. */
export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

interface Format {
  readonly bytes: number;
  /** Decodes the file's bytes, which start at a multiple of `bytes`. */
  readonly decode: (buffer: ArrayBufferLike, offset: number, count: number) => TensorData;
  /** Encodes for the file; absent if `data` needs no conversion. */
  readonly encode?: (values: Float32Array) => Uint16Array;
  readonly array: { new (count: number): TensorData; readonly name: string };
}

/**
 * The supported element types of safetensors, by the format's names. Separate from the types of graphs: files have
 * types that graphs do not, and 16-bit floats, which are widened in memory.
 */
const formats = {
  F64: { bytes: 8, decode: (b, o, n) => new Float64Array(b, o, n), array: Float64Array },
  I64: { bytes: 8, decode: (b, o, n) => new BigInt64Array(b, o, n), array: BigInt64Array },
  U64: { bytes: 8, decode: (b, o, n) => new BigUint64Array(b, o, n), array: BigUint64Array },
  F32: { bytes: 4, decode: (b, o, n) => new Float32Array(b, o, n), array: Float32Array },
  I32: { bytes: 4, decode: (b, o, n) => new Int32Array(b, o, n), array: Int32Array },
  U32: { bytes: 4, decode: (b, o, n) => new Uint32Array(b, o, n), array: Uint32Array },
  F16: {
    bytes: 2,
    decode: (b, o, n) => widenFloat16(new Uint16Array(b, o, n)),
    encode: roundToFloat16,
    array: Float32Array,
  },
  BF16: {
    bytes: 2,
    decode: (b, o, n) => widenBfloat16(new Uint16Array(b, o, n)),
    encode: roundToBfloat16,
    array: Float32Array,
  },
  I16: { bytes: 2, decode: (b, o, n) => new Int16Array(b, o, n), array: Int16Array },
  U16: { bytes: 2, decode: (b, o, n) => new Uint16Array(b, o, n), array: Uint16Array },
  I8: { bytes: 1, decode: (b, o, n) => new Int8Array(b, o, n), array: Int8Array },
  U8: { bytes: 1, decode: (b, o, n) => new Uint8Array(b, o, n), array: Uint8Array },
  BOOL: { bytes: 1, decode: (b, o, n) => new Uint8Array(b, o, n), array: Uint8Array },
} satisfies Record<string, Format>;

/** Element type, by safetensors' name: `F32`, `BF16`, `I64`, … */
export type Dtype = keyof typeof formats;

/** Every supported element type. */
export const dtypes = Object.keys(formats) as Dtype[];

/** How a dtype is stored in a file and in memory. */
export function formatOf(dtype: Dtype): Format {
  return formats[dtype];
}

/** Whether this is the name of a supported element type. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(formats, name);
}

/** Product of a shape's dimensions; 1 for a scalar's `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

/** A float32 tensor: a parameter, a gradient or an optimizer state. */
export function float32Tensor(shape: readonly number[], data: Float32Array): Tensor {
  return { dtype: 'F32', shape, data };
}

/**
 * Numbers of a floating-point tensor as float32: the same array if it is float32, else rounded from F64.
 *
 * @throws {InputError} when the tensor holds integers.
 */
export function float32Data(tensor: Tensor, name: string): Float32Array {
  const { data } = tensor;
  if (data instanceof Float32Array) return data;
  if (data instanceof Float64Array) return Float32Array.from(data);
  throw new InputError(`tensor ${name}: expected floating-point numbers, got ${tensor.dtype}`);
}

/**
 * Numbers of an integer tensor as int32, for token ids, positions, labels and masks.
 *
 * @throws {InputError} when the tensor is not of an integer type or a value does not fit in 32 bits.
 */
export function int32Data(tensor: Tensor, name: string): Int32Array {
  const { data } = tensor;
  if (data instanceof Int32Array) return data;
  if (data instanceof Float32Array || data instanceof Float64Array) {
    throw new InputError(`tensor ${name}: expected integers, got ${tensor.dtype}`);
  }
  const values = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    values[i] = value;
    if (values[i] !== value) {
      throw new InputError(`tensor ${name}: expected integers of 32 bits, got ${data[i]}, at element ${i}`);
    }
  }
  return values;
}
