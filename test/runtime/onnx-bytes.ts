/**
 * Writes small ONNX models by hand, so that the engine suite depends on nothing but the wire format.
 *
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Opset 20, IR version 9.
 */

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { HostTensor, HostType } from '../../src/runtime/backend.ts';

const dataType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const satisfies Record<
  HostType,
  number
>;

export interface ValueInfo {
  readonly name: string;
  /** A host type, or a number of `TensorProto.DataType`. */
  readonly type: HostType | number;
  readonly shape: readonly (number | string)[];
}

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | string>>;
}

export interface Model {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly initializers?: Readonly<Record<string, HostTensor>>;
}

type Write = (writer: BinaryWriter) => void;

const message = (writer: BinaryWriter, field: number, write: Write): void => {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
};
const text = (writer: BinaryWriter, field: number, value: string): void => {
  writer.tag(field, WireType.LengthDelimited).string(value);
};
const integer = (writer: BinaryWriter, field: number, value: number): void => {
  writer.tag(field, WireType.Varint).int64(value);
};

function writeValueInfo(writer: BinaryWriter, { name, type, shape }: ValueInfo): void {
  text(writer, 1, name);
  message(writer, 2, (typeProto) =>
    message(typeProto, 1, (tensor) => {
      integer(tensor, 1, typeof type === 'number' ? type : dataType[type]);
      message(tensor, 2, (shapeProto) => {
        for (const size of shape) {
          message(shapeProto, 1, (dimension) =>
            typeof size === 'number' ? integer(dimension, 1, size) : text(dimension, 2, size),
          );
        }
      });
    }),
  );
}

function writeTensor(writer: BinaryWriter, name: string, { type, shape, data }: HostTensor): void {
  for (const size of shape) integer(writer, 1, size);
  integer(writer, 2, dataType[type]);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited).bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeNode(writer: BinaryWriter, { op, inputs, outputs, attributes = {} }: Node): void {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 4, op);
  for (const [name, value] of Object.entries(attributes)) {
    message(writer, 5, (attribute) => {
      text(attribute, 1, name);
      if (typeof value === 'number') integer(attribute, 3, value);
      else text(attribute, 4, value);
      integer(attribute, 20, typeof value === 'number' ? 2 : 3);
    });
  }
}

/** The bytes of `model`. Attributes are integers or strings. */
export function onnxBytes({ inputs, outputs, nodes, initializers = {} }: Model): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, 9);
  message(writer, 7, (graph) => {
    for (const node of nodes) message(graph, 1, (inner) => writeNode(inner, node));
    text(graph, 2, 'test');
    for (const [name, tensor] of Object.entries(initializers)) {
      message(graph, 5, (inner) => writeTensor(inner, name, tensor));
    }
    for (const input of inputs) message(graph, 11, (inner) => writeValueInfo(inner, input));
    for (const output of outputs) message(graph, 12, (inner) => writeValueInfo(inner, output));
  });
  message(writer, 8, (opset) => {
    text(opset, 1, '');
    integer(opset, 2, 20);
  });
  return writer.finish();
}
