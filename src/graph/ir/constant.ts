import type { DType } from './dtype.ts';
import { Node, type Op, type Tensor } from './node.ts';
import { currentScope } from './scope.ts';
import { shapeOf } from './shape.ts';
import { type Value, value } from './value.ts';

/** A tensor whose elements are known while the graph is traced. */
export const constantOp: Op<Value> = {
  name: 'constant',
  inputs: [],
  infer: (_, { shape, dtype }) => [{ shape: shapeOf(shape), dtype }],
  reference: (_, attributes) => [attributes],
  vjp: () => [],
  lower: (emit, _, { attributes }) => [emit.constant(attributes.data, attributes.dtype, attributes.shape)],
  samples: [],
};

/** An input of the graph, fed under `name` when it runs. */
export const inputOp: Op<{ readonly name: string; readonly shape: Tensor['shape']; readonly dtype: DType }> = {
  name: 'input',
  inputs: [],
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  reference: (_, { name }) => {
    throw new Error(`input "${name}": has no value of its own`);
  },
  vjp: 'none',
  samples: [],
};

/** A constant: a number, or numbers with a shape. */
export function constantTensor(
  data: number | ArrayLike<number>,
  shape: readonly number[] = [],
  dtype: DType = 'float',
): Tensor {
  const attributes = value(shape, typeof data === 'number' ? [data] : data, dtype);
  return new Node(constantOp, [], attributes, constantOp.infer([], attributes), currentScope()).outputs[0];
}

/** The elements of a constant, or null when the tensor is not one. */
export const constantValue = (tensor: Tensor): Value | null =>
  tensor.node.op === constantOp ? (tensor.node.attributes as Value) : null;

/** The number that every element of a constant equals, or null. */
export function constantNumber(tensor: Tensor): number | null {
  const known = constantValue(tensor);
  return known?.data.length && known.data.every((x) => x === known.data[0]) ? known.data[0] : null;
}

/** A graph input: `input('input_ids', ['batch', 'time'], 'int32')`. */
export function input(
  name: string,
  shape: readonly Parameters<typeof shapeOf>[0][number][],
  dtype: DType = 'float',
): Tensor {
  const attributes = { name, shape: shapeOf(shape), dtype };
  return new Node(inputOp, [], attributes, [attributes], currentScope()).outputs[0];
}

/** The name under which an input is fed, or null when the tensor is not an input. */
export const inputName = (tensor: Tensor): string | null =>
  tensor.node.op === inputOp ? (tensor.node.attributes as { name: string }).name : null;

/** New inputs with the signatures of these tensors. */
export const freshInputs = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.map(({ shape, dtype }, i) => input(`#${i}`, shape, dtype));
