import { InputError, reportAll } from '../../io/error.ts';
import { QuantizedMatrix } from '../../runtime/quantized-weights.ts';
import type { OpenCheckpoint } from '../../weights/checkpoint.ts';
import { float32Data, float32Tensor } from '../../weights/tensor.ts';

/** The name of the scales of an int8 tensor. */
export const scaleName = (name: string): string => `${name}.scale`;

type Shape = readonly number[];

/** Whether scales are one for each row, [R, 1], or one for each column, [1, C], of a matrix [R, C]. */
const fits = (shape: Shape, scale: Shape): boolean => {
  const [rows, columns] = shape;
  const [first, second] = scale;
  const isMatrix = shape.length === 2 && scale.length === 2;
  return isMatrix && ((first === rows && second === 1) || (first === 1 && second === columns));
};

/**
 * A checkpoint whose matrices are int8 as if they were float32: a tensor I8 [R, C] with scales `NAME.scale`, F32 [R, 1] or
 * [1, C], is read as their product.
 *
 * @throws {InputError} when an int8 tensor lacks scales that fit, or there is none.
 */
export function widenedCheckpoint(checkpoint: OpenCheckpoint): OpenCheckpoint {
  const { tensors } = checkpoint;
  const quantized = new Set([...tensors].filter(([, { dtype }]) => dtype === 'I8').map(([name]) => name));
  const where = `checkpoint ${checkpoint.name}`;
  if (quantized.size === 0) {
    throw new InputError(`${where}: expected int8 weights, as quantization_config in config.json says, got none`);
  }
  const wrong = [...quantized].flatMap((name) => {
    const shape = tensors.get(name)?.shape ?? [];
    const scale = tensors.get(scaleName(name));
    if (scale?.dtype === 'F32' && fits(shape, scale.shape)) return [];
    const got = scale ? `${scale.dtype} [${scale.shape.join(', ')}]` : 'none';
    return [`${scaleName(name)}: expected F32 scales of the rows or columns of [${shape.join(', ')}], got ${got}`];
  });
  if (wrong.length > 0) throw reportAll(where, wrong);
  const scales = new Set([...quantized].map(scaleName));
  return {
    ...checkpoint,
    tensors: new Map(
      [...tensors]
        .filter(([name]) => !scales.has(name))
        .map(([name, { dtype, shape }]) => [name, { dtype: quantized.has(name) ? 'F32' : dtype, shape }]),
    ),
    async read(name) {
      const tensor = await checkpoint.read(name);
      if (!quantized.has(name)) return tensor;
      const scale = await checkpoint.read(scaleName(name));
      const [rows, columns] = tensor.shape;
      const axis = scale.shape[0] === rows && scale.shape[1] === 1 ? 0 : 1;
      const numbers = float32Data(scale, scaleName(name));
      const matrix = new QuantizedMatrix([rows, columns], tensor.data as Int8Array, numbers, axis);
      return float32Tensor(tensor.shape, matrix.widened());
    },
    async isSame(name, other) {
      if (!(await checkpoint.isSame(name, other))) return false;
      const isQuantized = quantized.has(name);
      if (isQuantized !== quantized.has(other)) return false;
      return !isQuantized || checkpoint.isSame(scaleName(name), scaleName(other));
    },
  };
}
