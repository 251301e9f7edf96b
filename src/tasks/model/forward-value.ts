import { InputError } from '../../io/error.ts';
import { typeFound } from '../../io/found.ts';
import { elementCount, type Tensor } from '../../weights/tensor.ts';

/** Numbers in lists, one per row. */
type Numbers = readonly (number | bigint | readonly (number | bigint)[])[];

/** A tensor of transformers.js. */
interface TypedTensor {
  readonly dims: readonly number[];
  readonly data: Tensor['data'];
}

/**
 * Inputs of a forward pass by name: numbers in lists, tensors of transformers.js, those of safetensors files, or for an
 * option like `interpolate_pos_encoding` true or false.
 */
export type ForwardInputs =
  | ReadonlyMap<string, Tensor>
  | Readonly<Record<string, Numbers | TypedTensor | Tensor | boolean | undefined>>;

const dtypeOf = (data: Tensor['data']): 'F32' | 'I32' | 'I64' | undefined => {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Int32Array) return 'I32';
  return data instanceof BigInt64Array ? 'I64' : undefined;
};

function listedTensor(name: string, list: Numbers): Tensor {
  const [first] = list;
  const shape = Array.isArray(first) ? [list.length, first.length] : [list.length];
  const numbers = list.flat().map(Number);
  const isRagged = list.some((row) => (Array.isArray(row) ? row.length : undefined) !== shape[1]);
  if (isRagged) throw new InputError(`inputs ${name}: expected rows of one length`);
  const wrong = numbers.find((x) => !Number.isFinite(x));
  if (wrong !== undefined) throw new InputError(`inputs ${name}: expected numbers, got ${wrong}`);
  const areIntegers = numbers.every((x) => Number.isInteger(x) && Math.abs(x) < 2 ** 31);
  return areIntegers
    ? { dtype: 'I32', shape, data: Int32Array.from(numbers) }
    : { dtype: 'F32', shape, data: Float32Array.from(numbers) };
}

function typedTensor(name: string, { dims, data }: TypedTensor): Tensor {
  const dtype = dtypeOf(data);
  if (!dtype) {
    throw new InputError(`inputs ${name}: expected a tensor of int64, int32 or float32, got ${data?.constructor.name}`);
  }
  if (data.length !== elementCount(dims)) {
    throw new InputError(`inputs ${name}: expected ${elementCount(dims)} numbers for [${dims}], got ${data.length}`);
  }
  return { dtype, shape: dims, data };
}

/** The inputs of a forward pass as tensors. @throws {InputError} for anything that is not a tensor, or rows of different lengths. */
export function tensorsOf(inputs: ForwardInputs): ReadonlyMap<string, Tensor> {
  if (inputs instanceof Map) return inputs;
  if (typeof inputs !== 'object' || inputs === null) {
    throw new InputError(`forward: expected inputs by name, got ${inputs}`);
  }
  return new Map(
    Object.entries(inputs).flatMap(([name, given]): [string, Tensor][] => {
      if (given === undefined) return [];
      if (typeof given === 'boolean') return [[name, { dtype: 'I32', shape: [], data: Int32Array.of(Number(given)) }]];
      if (Array.isArray(given)) return [[name, listedTensor(name, given)]];
      const isObject = typeof given === 'object' && given !== null;
      if (isObject && 'dims' in given) return [[name, typedTensor(name, given)]];
      if (isObject && 'dtype' in given) return [[name, given]];
      throw new InputError(`inputs ${name}: expected a tensor or lists of numbers, got ${typeFound(given)}`);
    }),
  );
}
