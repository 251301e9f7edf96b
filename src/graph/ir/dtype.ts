/** The arrays that hold elements in memory. */
export type Elements = Float32Array | Int32Array | BigInt64Array | Uint8Array | Int8Array;

/** An element type of a lowered graph. */
interface ElementType {
  /** Its name in ONNX Runtime, and so in feeds and results. */
  readonly host: string;
  /** ONNX's `TensorProto.DataType`; the same number as the C API's `ONNXTensorElementDataType`. */
  readonly code: number;
  /** The array that holds the elements; its `BYTES_PER_ELEMENT` is the size of one. */
  readonly array: { readonly BYTES_PER_ELEMENT: number };
  /** Numbers as such an array. */
  from(numbers: ArrayLike<number>): Elements;
}

/**
 * Every element type of a lowered graph. `float` is float64 when interpreted; uint8 is for random bytes and quantized
 * rows, int8 for quantized weights. No tensor of a graph is int64; ONNX needs that type for shapes and axes.
 */
export const elementTypes = {
  float: { host: 'float32', code: 1, array: Float32Array, from: (numbers) => Float32Array.from(numbers) },
  int32: { host: 'int32', code: 6, array: Int32Array, from: (numbers) => Int32Array.from(numbers) },
  int64: {
    host: 'int64',
    code: 7,
    array: BigInt64Array,
    from: (numbers) => BigInt64Array.from(Array.from(numbers, BigInt)),
  },
  bool: { host: 'bool', code: 9, array: Uint8Array, from: (numbers) => Uint8Array.from(numbers) },
  uint8: { host: 'uint8', code: 2, array: Uint8Array, from: (numbers) => Uint8Array.from(numbers) },
  int8: { host: 'int8', code: 3, array: Int8Array, from: (numbers) => Int8Array.from(numbers) },
} as const satisfies Record<string, ElementType>;

/** An element type of a lowered graph. */
export type OnnxType = keyof typeof elementTypes;

/** An element type of a graph. */
export type DType = Exclude<OnnxType, 'int64'>;

type Row = (typeof elementTypes)[OnnxType];

/** An element type by ONNX Runtime's name. */
export type HostType = Row['host'];

/** The same rows by ONNX Runtime's names. */
export const hostTypes = Object.fromEntries(Object.values(elementTypes).map((row) => [row.host, row])) as {
  readonly [R in Row as R['host']]: R;
};
